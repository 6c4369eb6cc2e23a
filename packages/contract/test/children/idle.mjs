// Computes, then has nothing more to do: the process must end by itself, with no thread of the library holding it.
import { sig } from "@sig/api";
import * as asynchronous from "@sig/api/async";
import { smallPath } from "./common.mjs";

sig([smallPath, smallPath, smallPath], 3, { nJobs: 3 });
await asynchronous.sig(smallPath, 11);
console.log(JSON.stringify({ leaving: Date.now() }));
