/** Tokens under which the composition provides the engines. */
export const EVENT_STORE = Symbol('EVENT_STORE');
