// Computes where the addon cannot be loaded, in both forms.
import { explain, sig } from "@sig/api";
import * as asynchronous from "@sig/api/async";
import { smallPath } from "./common.mjs";

const now = sig(smallPath, 2).data;
const soon = (await asynchronous.sig(smallPath, 2)).data;
const [cpu] = explain().backends;
const { backend, why } = explain({ operation: "sig" }).choice;
console.log(JSON.stringify({ backend, why, reason: cpu.reason, same: now.every((value, i) => value === soon[i]), first: now[0] }));
