/** A bench with everything in memory that its steps need; disposing it frees that. */
export interface ReadyBench extends Disposable {
  /** Numbers that are trained, or that the operation has as weights; 0 if there are none. */
  readonly params: number;
  /**
   * Floating-point operations of a step: 2 per multiply-add of matrix products and convolutions, forward and backward;
   * element-wise work does not count. 0 where nothing else is done.
   */
  readonly flops: number;
  /** Do the work once; the promise is kept when it is done, not when it is queued. */
  step(): Promise<void>;
}

/** One thing whose time is measured. */
export interface Bench {
  /** Name as in the peer's list. */
  readonly name: string;
  /** One sentence on shapes, and what a step is. */
  readonly about: string;
  /** Whether the backend does the work or the host's JavaScript, in one thread and alike on every backend. */
  readonly where: "backend" | "host";
  /** Make inputs and parameters on the current backend. */
  prepare(): ReadyBench;
}
