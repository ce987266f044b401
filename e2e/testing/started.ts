/** What a spec has started. However far its start got, all of it is stopped, the last first, so that no run hangs. */
export class Started {
  private readonly stops: (() => unknown)[] = [];

  add<T extends { stop(): unknown }>(started: T): T {
    this.stops.unshift(() => started.stop());
    return started;
  }

  /** @throws the first error of a stop, after all of them were tried */
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
