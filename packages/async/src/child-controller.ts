import { onAbort } from './on-abort';

/** Controls a signal that also aborts with its parent. */
export interface ChildController {
  readonly signal: AbortSignal;
  /** Aborts the signal and stops following the parent. Call it when the work has ended; calling it again does nothing. */
  abort(reason?: unknown): void;
}

/** Creates a signal that aborts with the parent and its reason, or earlier by itself. The parent is never aborted by it. */
export const childController = (parent?: AbortSignal): ChildController => {
  const controller = new AbortController();
  const unfollow = parent && onAbort(parent, () => controller.abort(parent.reason));
  return {
    signal: controller.signal,
    abort: (reason) => {
      unfollow?.();
      controller.abort(reason);
    },
  };
};
