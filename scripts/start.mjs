// `npm start`: sets up what is missing and runs the main example.
import { run, setUp } from "./setup.mjs";

setUp({ all: false });
run("pnpm", ["--silent", "--filter", "@sig/example-motions", "start"]);
