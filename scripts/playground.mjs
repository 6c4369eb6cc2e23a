// `npm run playground`: sets up what is missing, and opens examples/playground in the browser.
import { run, setUp } from "./setup.mjs";

setUp();
run("pnpm", ["--silent", "--filter", "@sig/example-playground", "start"]);
