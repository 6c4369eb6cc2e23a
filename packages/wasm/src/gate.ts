/** Lets helpers into a call and out again, by words of the memory that all of its threads share. */
import { Status } from "@sig/kernels";

/** Places of 32-bit words, in the order of native/host.cpp. */
const stop = 0;
const generation = 4;
const inside = 5;
const status = 6;
const leave = 7;

export class Gate {
  private readonly words: Int32Array;

  /** `address`: what the module answers as its gate. */
  constructor(memory: WebAssembly.Memory, address: number) {
    this.words = new Int32Array(memory.buffer, address);
  }

  /** Opens the call that is ready; returns its generation, by which helpers enter. */
  open(): number {
    return Atomics.add(this.words, generation, 1) + 1;
  }

  /** Lets nobody in any more, and waits for those who are. */
  close(): void {
    Atomics.add(this.words, generation, 1);
    for (let helpers: number; (helpers = Atomics.load(this.words, inside)) > 0;) Atomics.wait(this.words, inside, helpers);
  }

  /** False where the call has ended; else `exit` has to follow. */
  enter(wanted: number): boolean {
    Atomics.add(this.words, inside, 1);
    if (Atomics.load(this.words, generation) === wanted) return true;
    this.exit();
    return false;
  }

  exit(): void {
    Atomics.sub(this.words, inside, 1);
    Atomics.notify(this.words, inside);
  }

  /** Asks a helper to leave after its task. */
  dismiss(helper: number): void {
    Atomics.store(this.words, leave + helper, 1);
  }

  /** Ends the call before its time. */
  end(how: Status): void {
    Atomics.compareExchange(this.words, status, Status.ok, how);
    Atomics.store(this.words, stop, 1);
  }
}
