// `npm start`: sets up what is missing and runs the main example.
import { run, setUp } from "./setup.mjs";

setUp();
run("pnpm", ["--silent", "--filter", "@sig/example-motions", "start"]);
