/** Keeps an instance of the kernels. Memory that a call needed and few others will is given back by starting over with a new one. */
import { Status } from "@sig/kernels";
import { Instance, type Kernels, type Listener, type RunOptions } from "./instance.js";
import type { Job } from "./job.js";
import { crashedHelper } from "./status.js";

/** Memory that is kept between calls. */
export const keptBytes = 64 * 2 ** 20;

export class Machine {
  private instance: Instance | undefined;

  constructor(
    readonly kernels: Kernels,
    private readonly listener: Listener,
  ) {}

  /** Performs the job, its outputs included; whatever it throws leaves the machine usable. */
  run(job: Job, options: RunOptions): Status {
    try {
      let status = this.current().run(job, options);
      if (status === Status.outOfMemory && this.current().holdsMoreThan(job.table)) {
        this.instance = undefined;
        status = this.current().run(job, options);
      }
      if (status === crashedHelper || this.current().bytes > keptBytes) this.instance = undefined;
      return status;
    } catch (error) {
      this.instance = undefined;
      throw error;
    }
  }

  /** Drops the copy of a table, or of all. */
  forget(key: string | undefined): void {
    if (key === undefined) this.instance = undefined;
    else this.instance?.tables.remove(key);
  }

  private current(): Instance {
    return (this.instance ??= new Instance(this.kernels, this.listener));
  }
}
