import { appendFileSync } from "node:fs";

/**
 * Records what this machine could not run, in the file named by SIG_SKIP_REPORT (one JSON object a line), for the end of `npm test`.
 * `servable`: a machine set up as CI's could have run it, so that under SIG_REQUIRE_ALL=1 the skip counts as a failure.
 */
export function reportSkip(what: string, reason: string, servable: boolean): void {
  const file = process.env["SIG_SKIP_REPORT"];
  if (file) appendFileSync(file, `${JSON.stringify({ what, reason, servable })}\n`);
}
