/** Numbers as labelled bars that grow to the left and to the right of a line. */

export function showBars(list: HTMLElement, labels: readonly string[], values: ArrayLike<number>): void {
  const largest = Math.max(...Array.from(values, Math.abs)) || 1;
  const rows = labels.map((label, i) => {
    const value = values[i] ?? NaN;
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = label;
    const bar = document.createElement("span");
    bar.className = "bar";
    const filled = document.createElement("i");
    const width = (50 * Math.abs(value)) / largest;
    filled.style.width = `${width}%`;
    filled.style.left = `${value < 0 ? 50 - width : 50}%`;
    bar.append(filled);
    const number = document.createElement("span");
    number.className = "value";
    number.textContent = value.toFixed(5);
    row.append(name, bar, number);
    return row;
  });
  list.replaceChildren(...rows);
}
