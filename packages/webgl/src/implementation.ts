/** Both forms of an operation, from the steps that compute it. */
import type { Calls, Control, Implementation, OperationName } from "@sig/core";
import type { Gpu } from "./gpu.js";
import { finished, turn } from "./readback.js";
import { Session, type Work } from "./session.js";

/** Milliseconds of work between two turns of the event loop. */
const SLICE = 8;

/** The context to compute on: the one there is, or a new one where there is none or it was lost. */
export type OpenGpu = () => Gpu;

type Declines<K extends OperationName> = NonNullable<Implementation<Calls[K]>["declines"]>;

export function implement<K extends OperationName>(
  open: OpenGpu,
  steps: (session: Session, call: Calls[K]) => Work,
  declines: Declines<K>,
): Implementation<Calls[K]> {
  const once = (call: Calls[K]): void => {
    const session = new Session(open());
    try {
      for (const work = steps(session, call); !work.next().done;);
      session.readNow();
    } finally {
      session.close();
    }
  };
  const onceSoon = async (call: Calls[K], control: Control): Promise<void> => {
    const session = new Session(open());
    try {
      session.hold(call);
      // Steps take the device longer than they take to be told, so what it has not done yet is bounded by waiting for it.
      let [told, atOnce, since] = [0, 1, performance.now()];
      for (const done of steps(session, call)) {
        if (++told < atOnce && performance.now() < since + SLICE) continue;
        await finished(session.gpu.gl);
        await turn();
        control.signal?.throwIfAborted();
        control.onProgress?.(done);
        const elapsed = performance.now() - since;
        atOnce = elapsed < SLICE ? 2 * told : Math.max(1, Math.floor(told / 2));
        [told, since] = [0, performance.now()];
      }
      await session.readSoon();
      control.signal?.throwIfAborted();
    } finally {
      session.close();
    }
  };
  return {
    declines,
    run(call) {
      try {
        once(call);
      } catch (error) {
        if (!isLoss(error)) throw error;
        once(call);
      }
    },
    async start(call, control) {
      try {
        await onceSoon(call, control);
      } catch (error) {
        if (!isLoss(error)) throw error;
        await onceSoon(call, control);
      }
    },
  };
}

function isLoss(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "DEVICE_LOST";
}
