// Checks the public packages as users get them: packed, installed into empty projects outside the workspace, and used there
// from TypeScript, from ES modules, from CommonJS, through bundlers and on a page of Chromium.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium } from "./chromium.mjs";
import { textOf } from "./pages.mjs";
import { fail, root, setUp } from "./setup.mjs";

const work = mkdtempSync(join(tmpdir(), "sig-packed-"));
const tool = (...path) => join(root, "node_modules", ...path);
const tsc = tool("typescript", "bin", "tsc");
const pnpm = join(root, ".tools", "pnpm", "node_modules", "pnpm", "bin", "pnpm.cjs");
let passed = 0;
let failed = 0;

/** A check fails by throwing the reason. */
async function check(name, body) {
  let reason;
  try {
    await body();
  } catch (error) {
    reason = error;
  }
  if (reason) failed++;
  else passed++;
  console.log(`${reason ? "FAILED" : "ok"}  ${name}${reason ? `\n${reason.message}` : ""}`);
}

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

function output(cwd, command, ...args) {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")}\n${result.stdout}${result.stderr}${result.error?.message ?? ""}`);
  return result.stdout;
}

function publicPackages() {
  return readdirSync(join(root, "packages"))
    .map((folder) => ({
      folder: join(root, "packages", folder),
      manifest: JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")),
    }))
    .filter(({ folder, manifest }) => !manifest.private && existsSync(join(folder, "dist")));
}

/** An empty project with the given tarballs installed and the given files in it. */
function project(name, tarballs, files, manifest = {}) {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, type: "module", ...manifest }));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  output(folder, "npm", "install", "--no-audit", "--no-fund", "--offline", "--loglevel=error", ...tarballs);
  return folder;
}

const bundler = ["node", tool("esbuild", "bin", "esbuild"), "main.js", "--bundle", "--format=esm", "--platform=browser", "--minify"];

/** Bundles main.js for the browser into out.mjs; returns the bytes of that. */
function minified(folder) {
  output(folder, ...bundler, "--outfile=out.mjs");
  return readFileSync(join(folder, "out.mjs")).length;
}

const settings = (options) => JSON.stringify({ compilerOptions: { target: "es2022", strict: true, types: [], outDir: "out", ...options } });

// The signature up to level 2 of the path (0, 0) -> (1, 2): [1, 2, 1/2, 1, 1, 2].
const expected = "1 2 0.5 1 1 2";
const use = `
const { sig, logSig, sigLength } = api;
const value = sig([[0, 0], [1, 2]], 2, { scalarTerm: false });
if (sigLength(2, 2) !== value.data.length) throw new Error("length");
if (logSig([[0, 0], [1, 2]], 2).data.length !== 3) throw new Error("log-signature");
`;
const typed = `${use}
const data: Float32Array | Float64Array = value.data;
console.log(Array.from(data).join(" "));
`;

setUp();
const packages = publicPackages();
const tarballs = {};
for (const { folder, manifest } of packages) {
  output(folder, "node", pnpm, "pack", "--pack-destination", work);
  tarballs[manifest.name] = join(work, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
}
const all = Object.values(tarballs);

for (const { manifest } of packages) {
  const { name } = manifest;
  const unpacked = join(work, name.replace("/", "-"));
  await check(`${name}: contents`, () => {
    mkdirSync(unpacked);
    output(unpacked, "tar", "-xzf", tarballs[name]);
    const packed = JSON.parse(readFileSync(join(unpacked, "package", "package.json"), "utf8"));
    assert(!JSON.stringify(packed).includes("workspace:"), "a workspace: version was left in package.json");
    for (const script of ["preinstall", "install", "postinstall"]) assert(!packed.scripts?.[script], `has an ${script} script`);
    if (name === "@sig/core")
      for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"]) assert(!packed[kind], `core has ${kind}`);
    const files = readdirSync(join(unpacked, "package"));
    for (const file of ["README.md", "LICENSE"]) assert(files.includes(file), `${file} is not in the package`);
  });
  await check(`${name}: publint`, () => output(root, "node", tool("publint", "src", "cli.js"), tarballs[name], "--strict"));
  await check(`${name}: attw`, () =>
    output(root, "node", tool("@arethetypeswrong", "cli", "dist", "index.js"), tarballs[name], "--profile", "esm-only"),
  );
}

await check("TypeScript, nodenext, ES module", () => {
  const folder = project("nodenext", all, {
    "main.ts": `import * as api from "@sig/api";\nimport "@sig/cpu/register";\n${typed}`,
    "surface.ts": `import { log_sig } from "@sig/api/pysiglib";\nimport { sig } from "@sig/api/async";\nimport { createCpu } from "@sig/cpu";\nimport type { Backend } from "@sig/core";\nexport const cpu: Backend = createCpu();\nexport { log_sig, sig };\n`,
    "tsconfig.json": settings({ module: "nodenext", moduleResolution: "nodenext" }),
  });
  output(folder, "node", tsc, "-p", ".");
  assert(output(folder, "node", "out/main.js").trim() === expected, "wrong signature");
});

await check("TypeScript, nodenext, CommonJS", () => {
  const folder = project(
    "commonjs",
    all,
    {
      "main.ts": `import api = require("@sig/api");\n${typed}`,
      "tsconfig.json": settings({ module: "nodenext", moduleResolution: "nodenext" }),
    },
    { type: "commonjs" },
  );
  output(folder, "node", tsc, "-p", ".");
  assert(output(folder, "node", "out/main.js").trim() === expected, "wrong signature");
});

await check("TypeScript, bundler", () => {
  const folder = project("bundler", all, {
    "main.ts": `import * as api from "@sig/api";\n${typed}`,
    "tsconfig.json": settings({ module: "esnext", moduleResolution: "bundler" }),
  });
  output(folder, "node", tsc, "-p", ".");
});

await check("plain ES module and require(), one registry for both", () => {
  const print = `${use}\nconsole.log(Array.from(value.data).join(" "));\n`;
  const folder = project("plain", all, {
    "main.mjs": `import * as api from "@sig/api";\n${print}`,
    "main.cjs": `const api = require("@sig/api");\n${print}`,
    "both.cjs": `const one = require("@sig/api");\nimport("@sig/api").then((two) => console.log(one.sig === two.sig));\n`,
  });
  assert(output(folder, "node", "main.mjs").trim() === expected, "wrong signature from an ES module");
  assert(output(folder, "node", "main.cjs").trim() === expected, "wrong signature from CommonJS");
  assert(output(folder, "node", "both.cjs").trim() === "true", "two copies of the library");
});

await check("api without a backend says what to install", () => {
  const core = [tarballs["@sig/core"], tarballs["@sig/api"]];
  const code = `import { sig } from "@sig/api";\ntry { sig([[0], [1]], 2); } catch (error) { console.log(error.code, error.message); }\n`;
  const text = output(project("bare", core, { "main.mjs": code }), "node", "main.mjs");
  assert(text.startsWith("NO_BACKEND") && text.includes("@sig/cpu"), text);
});

// Absent where WebAssembly cannot be compiled.
if (tarballs["@sig/wasm"]) {
  const portable = ["@sig/core", "@sig/api", "@sig/wasm"].map((name) => tarballs[name]);

  await check("wasm serves api where there is no addon, from an ES module and from CommonJS, and explain() says so", () => {
    const print = `${use}\nconsole.log(Array.from(value.data).join(" "), api.explain().choice.backend, api.explain().backends[1].reason);\n`;
    const folder = project("portable", portable, {
      "main.mjs": `import * as api from "@sig/api";\nimport { sig as soon } from "@sig/api/async";\n${print}
        console.log((await soon([[0, 0], [1, 2]], 2, { scalarTerm: false })).data.join(" "));\n`,
      "main.cjs": `const api = require("@sig/api");\n${print}`,
    });
    const said = `${expected} wasm it is not installed (npm install @sig/cpu)`;
    assert(output(folder, "node", "main.mjs").trim() === `${said}\n${expected}`, "wrong answer to an ES module");
    assert(output(folder, "node", "main.cjs").trim() === said, "wrong answer to CommonJS");
  });

  await check("api and wasm through a bundler, for the browser", () => {
    const code = `import * as api from "@sig/api";\nimport { init } from "@sig/wasm";\nimport "@sig/wasm/register";\nawait init();\n${use}
      console.log(Array.from(value.data).join(" "));\n`;
    const folder = project("page", portable, { "main.js": code });
    minified(folder);
    // As in a browser: no built-in modules to be had.
    writeFileSync(join(folder, "browser.mjs"), `delete process.getBuiltinModule;\nawait import("./out.mjs");\n`);
    assert(output(folder, "node", "browser.mjs").trim() === expected, "wrong answer of the bundle");
  });
}

await check("a bundle takes the operations that it imports, and no others", () => {
  // That of sig is in the README of api.
  const ceilings = { sigLength: 12_000, sig: 36_000, sigKernel: 46_000, logSig: 56_000 };
  const folder = project("shaken", [tarballs["@sig/core"], tarballs["@sig/api"]], {});
  for (const [name, ceiling] of Object.entries(ceilings)) {
    writeFileSync(join(folder, "main.js"), `import { ${name} } from "@sig/api";\nconsole.log(${name}.name);\n`);
    const bytes = minified(folder);
    assert(output(folder, "node", "out.mjs").trim() !== "", `${name} is lost`);
    assert(bytes < ceiling, `${name} takes ${bytes} bytes`);
    // A ceiling that nothing comes near says nothing.
    assert(bytes > ceiling / 2, `${name} takes ${bytes} bytes only`);
  }
});

await check("webgl through a bundler, for the browser; where there is no browser it says so", () => {
  const code = `import { isAvailable } from "@sig/webgl";\nconsole.log(isAvailable().available, isAvailable().reason, "GPU" in globalThis);\n`;
  const folder = project("webgl", [tarballs["@sig/core"], tarballs["@sig/webgl"]], { "main.js": code });
  const bytes = minified(folder);
  const said = output(folder, "node", "out.mjs");
  assert(said.startsWith("false") && said.includes("WebGL2") && said.trim().endsWith("false"), said);
  assert(bytes < 900_000, `webgl takes ${bytes} bytes`);
});

await check("core alone through a bundler, for the browser", () => {
  const code = `import { sigLength, lyndonWords } from "@sig/core";\nconsole.log(sigLength(3, 4, { scalarTerm: true }), lyndonWords(2, 3).length);\n`;
  const folder = project("bundle", [tarballs["@sig/core"]], { "main.js": code });
  const bytes = minified(folder);
  assert(output(folder, "node", "out.mjs").trim() === "121 5", "wrong answer of the bundle");
  assert(bytes < 30_000, `two functions of core take ${bytes} bytes`);
});

await check("a downstream library takes core's types only", () => {
  const folder = project("downstream", [tarballs["@sig/core"]], {
    "tsconfig.json": settings({ module: "nodenext", moduleResolution: "nodenext", noUncheckedIndexedAccess: true, rootDir: "src" }),
  });
  cpSync(join(root, "examples", "downstream", "src"), join(folder, "src"), { recursive: true });
  output(folder, "node", tsc, "-p", ".");
  assert(!readFileSync(join(folder, "out", "index.js"), "utf8").includes("@sig/"), "the library's code imports @sig");
});

if (tarballs["@sig/wasm"] && findChromium()) {
  const code = `
import { explain, sig, withBackend } from "@sig/api";
import { sig as soon } from "@sig/api/async";
import { init } from "@sig/wasm";
import "@sig/wasm/register";
import "@sig/webgl/register";

const path = [[0, 0], [1, 2]];
const single = { data: Float32Array.of(0, 0, 1, 2), shape: [2, 2], dtype: "float32" };
await init();
const values = [sig(path, 2), await soon(path, 2), withBackend("webgl", () => sig(single, 2))];
const { threads } = explain().backends.find(({ name }) => name === "wasm").info;
document.querySelector("output").textContent = [...values.map(({ data }) => data.join(" ")), threads].join("; ");
`;
  const html = '<!doctype html><title>@sig</title><output></output><script type="module" src="./main.js"></script>';
  const folder = project(
    "pages",
    all.filter((tarball) => !tarball.includes("sig-cpu")),
    { "main.js": code, "index.html": html },
  );
  const said = `${expected}; ${expected}; ${expected}`;

  for (const [name, command] of [
    ["vite", ["node", tool("vite", "bin", "vite.js"), "build", "--outDir", "by-vite"]],
    ["esbuild", [...bundler, "--splitting", "--outdir=by-esbuild"]],
  ]) {
    await check(`a page with api, wasm and webgl, built by ${name}, in Chromium`, async () => {
      output(folder, ...command);
      if (name === "esbuild") cpSync(join(folder, "index.html"), join(folder, "by-esbuild", "index.html"));
      assert(
        (await textOf(join(folder, `by-${name}`), false)) === `${said}; the page is not cross-origin isolated`,
        "wrong on a plain page",
      );
      assert((await textOf(join(folder, `by-${name}`), true)) === `${said}; shared memory`, "wrong on an isolated page");
    });
  }
} else {
  const reason = findChromium() ? "@sig/wasm is not built" : "there is no Chromium";
  console.log(`skipped  pages built by vite and esbuild: ${reason}`);
  if (process.env.SIG_REQUIRE_ALL === "1") failed++;
}

if (packages.length === 0) fail("no public package was found");
console.log(`Packed packages (${packages.length}): ${passed} passed, ${failed} failed`);
mkdirSync(join(root, "build", "reports"), { recursive: true });
writeFileSync(join(root, "build", "reports", "packed.json"), JSON.stringify({ passed, failed }));
if (failed === 0) rmSync(work, { recursive: true });
else console.log(`The projects are kept in ${work}`);
process.exitCode = failed > 0 ? 1 : 0;
