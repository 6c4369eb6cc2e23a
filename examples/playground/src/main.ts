/** Draw with the mouse, and see what the path is made of. */
import { availableBackends } from "@sig/api";
import { init } from "@sig/wasm";
import "@sig/wasm/register";
import "@sig/webgl/register";
import { showBars } from "./bars.js";
import { createBoard, type PathName } from "./board.js";
import { featuresOf, type Feature } from "./features.js";

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

const settings = element("settings") as HTMLFormElement;
function setting(name: string): string {
  const value = new FormData(settings).get(name);
  return typeof value === "string" ? value : "";
}

const paths = createBoard(
  element("board") as HTMLCanvasElement,
  () => setting("path") as PathName,
  () => refresh(),
);

function show(feature: Feature): void {
  if (feature.name === "kernel") element("kernel").textContent = (feature.value.data[0] ?? NaN).toFixed(6);
  else showBars(element(feature.name), feature.labels, feature.value.data);
}

function refresh(): void {
  element("problem").textContent = "";
  settings.querySelector("output")!.value = setting("degree");
  try {
    const features = featuresOf(paths.first, paths.second, {
      degree: Number(setting("degree")),
      backend: setting("backend"),
      dtype: setting("dtype") === "float32" ? "float32" : "float64",
    });
    features.forEach(show);
    const rows = features.map(({ name, computedBy, milliseconds }) => {
      const row = document.createElement("tr");
      for (const text of [name, computedBy, milliseconds.toFixed(2)]) row.insertCell().textContent = text;
      return row;
    });
    element("timings")
      .querySelector("tbody")!
      .replaceChildren(...rows);
  } catch (error) {
    element("problem").textContent = error instanceof Error ? error.message : String(error);
  }
}

await init();
for (const name of availableBackends()) settings.querySelector("select")!.add(new Option(name, name, false, name === "wasm"));
settings.addEventListener("input", refresh);
refresh();
