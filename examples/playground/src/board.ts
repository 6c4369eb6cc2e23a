/** A canvas on which two paths are drawn. */

/** Coordinates with up positive, in units of a third of the board's width. */
export type Point = [right: number, up: number];
export type PathName = "first" | "second";

const colors: Readonly<Record<PathName, string>> = { first: "#1f6feb", second: "#d9730d" };

/**
 * Lets the user draw on the canvas: a stroke replaces the path that `chosen` names, and `changed` hears of each of its points.
 *
 * @returns the paths as they are; they are changed in place
 */
export function createBoard(canvas: HTMLCanvasElement, chosen: () => PathName, changed: () => void): Readonly<Record<PathName, Point[]>> {
  const paths: Record<PathName, Point[]> = { first: [], second: [] };
  const unit = canvas.width / 3;
  const pointOf = (event: PointerEvent): Point => {
    const { left, top } = canvas.getBoundingClientRect();
    return [(event.clientX - left - canvas.clientLeft) / unit, (canvas.height - event.clientY + top + canvas.clientTop) / unit];
  };
  const update = (): void => {
    draw(canvas, paths, unit);
    changed();
  };
  let drawn: Point[] | undefined;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drawn = [pointOf(event)];
    paths[chosen()] = drawn;
    update();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drawn === undefined) return;
    // A fast hand moves several points between two frames.
    const events = event.getCoalescedEvents();
    for (const one of events.length > 0 ? events : [event]) drawn.push(pointOf(one));
    update();
  });
  for (const end of ["pointerup", "pointercancel"] as const) canvas.addEventListener(end, () => (drawn = undefined));
  return paths;
}

function draw(canvas: HTMLCanvasElement, paths: Readonly<Record<PathName, readonly Point[]>>, unit: number): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.lineWidth = 2;
  for (const name of ["first", "second"] as const) {
    context.strokeStyle = context.fillStyle = colors[name];
    context.beginPath();
    for (const [right, up] of paths[name]) context.lineTo(right * unit, canvas.height - up * unit);
    context.stroke();
    const start = paths[name][0];
    if (start !== undefined) context.fillRect(start[0] * unit - 3, canvas.height - start[1] * unit - 3, 6, 6);
  }
}
