// `npm test`: sets up what is missing, runs every test, and ends with what this machine could not run.
// SIG_REQUIRE_ALL=1 turns a skip that a machine like CI's could have run into a failure.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, root, setUp } from "./setup.mjs";

const reports = join(root, "build", "reports");
const skipReport = join(reports, "skips.jsonl");
const testReport = join(reports, "vitest.json");
let passed = 0;
let failed = 0;

function count(ok) {
  if (ok) passed++;
  else failed++;
}

setUp();
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
const environment = { SIG_SKIP_REPORT: skipReport };

const nativeTests = join(root, "packages", "kernels", "test");
if (existsSync(nativeTests) && readdirSync(nativeTests).some((name) => name.endsWith(".cpp"))) {
  console.log("\nNative tests of the kernels");
  count(attempt("node", ["packages/cpu/scripts/build-native.mjs", "--tests"], environment) === 0);
}

const status = attempt("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${testReport}`], environment);
const results = existsSync(testReport) ? JSON.parse(readFileSync(testReport, "utf8")) : { numPassedTests: 0, numFailedTests: 0 };
passed += results.numPassedTests;
failed += results.numFailedTests;
// A file that does not load, an unhandled error or a run without tests fails as a whole.
if ((status !== 0 && results.numFailedTests === 0) || results.numPassedTests === 0) failed++;

const lines = existsSync(skipReport) ? [...new Set(readFileSync(skipReport, "utf8").split("\n").filter(Boolean))] : [];
const skips = lines.map((line) => JSON.parse(line));
const required = process.env.SIG_REQUIRE_ALL === "1" ? skips.filter((skip) => skip.servable) : [];
failed += required.length;

console.log("");
if (skips.length > 0) console.log("Skipped on this machine:");
for (const skip of skips)
  console.log(`  ${skip.what}: ${skip.reason}${required.includes(skip) ? " (required here: counted as failed)" : ""}`);
console.log(`Tests: ${passed} passed, ${failed} failed, ${skips.length} skipped`);
writeFileSync(join(reports, "summary.json"), JSON.stringify({ passed, failed, skipped: skips.length }));
process.exitCode = failed > 0 ? 1 : 0;
