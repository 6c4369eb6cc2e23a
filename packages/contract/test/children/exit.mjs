// Calls process.exit() while promises are pending; prints the time just before it does.
import { sig, sigBackprop } from "@sig/api/async";
import { sigLength } from "@sig/api";
import { degree, longPath } from "./common.mjs";

const path = longPath();
const row = { data: new Float64Array(sigLength(3, degree)).fill(0.1), shape: [sigLength(3, degree)], dtype: "float64" };
let settled = false;
const done = () => (settled = true);
void sig(path, degree, { nJobs: -1 }).then(done, done);
void sigBackprop(path, row, row, degree).then(done, done);
setTimeout(() => {
  console.log(JSON.stringify({ leaving: Date.now(), settled }));
  process.exit(7);
}, 300);
