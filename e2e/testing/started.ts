/** The parts that a spec has started. Stops them in reverse order, even after a failed start, so that no run hangs. */
export class Started {
  private readonly stops: (() => unknown)[] = [];

  add<T extends { stop(): unknown }>(started: T): T {
    this.stops.unshift(() => started.stop());
    return started;
  }

  /** Stops all parts. @throws the first error, after all stops were attempted */
  async stop(): Promise<void> {
    const errors: unknown[] = [];
    for (const stop of this.stops.splice(0)) {
      try {
        await stop();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
