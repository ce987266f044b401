export interface OutageListener {
  /** Called once for each part that starts to fail. */
  readonly onError?: (error: unknown) => void;
  /** Called when every part works again, with the number of failures. */
  readonly onRecovered?: (failures: number) => void;
}

/**
 * Reports an outage once when it starts and once when it ends, even if calls fail hundreds of times a second. Parts (such as
 * `commit` or `read`) fail independently, and each may fail in several places.
 */
export class Outages {
  private readonly failing = new Map<string, Set<string>>();
  private failures = 0;

  constructor(private readonly listener: OutageListener) {}

  /** @param place where the part failed, such as a partition; the part has recovered once it works in every such place */
  failed(part: string, error: unknown, place = ''): void {
    this.failures += 1;
    const places = this.failing.get(part);
    if (places) places.add(place);
    else this.failing.set(part, new Set([place]));
    if (!places) this.listener.onError?.(error);
  }

  /** Records a success. Cheap enough to call after every operation. */
  succeeded(part: string, place = ''): void {
    const places = this.failing.get(part);
    if (!places?.delete(place) || places.size > 0) return;
    this.failing.delete(part);
    if (this.failing.size > 0) return;
    const { failures } = this;
    this.failures = 0;
    this.listener.onRecovered?.(failures);
  }
}
