import { onAbort } from './on-abort';

/** Controls a signal that also aborts with its parent. */
export interface ChildController {
  readonly signal: AbortSignal;
  /** Aborts the signal and detaches it from the parent. Call it when the work has ended; further calls do nothing. */
  abort(reason?: unknown): void;
  /** Detaches the signal from the parent without aborting it. Cheaper, if nothing depends on the signal any more. */
  detach(): void;
}

/** Creates a signal that aborts with its parent, for the same reason, or on its own. Aborting it does not abort the parent. */
export const childController = (parent?: AbortSignal): ChildController => {
  const controller = new AbortController();
  const detach = parent ? onAbort(parent, () => controller.abort(parent.reason)) : () => undefined;
  return {
    signal: controller.signal,
    abort: (reason) => {
      detach();
      controller.abort(reason);
    },
    detach,
  };
};
