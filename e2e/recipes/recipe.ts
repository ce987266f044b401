/** A recipe of CONTRIBUTING as changes to files. */
export interface Recipe {
  /** New files, by their path in the repository. */
  readonly adds: Readonly<Record<string, string>>;
  /** Replacements. `from` must occur exactly once in the file. */
  readonly changes: readonly (readonly [path: string, from: string, to: string])[];
}

/** Returns a change that adds lines after `anchor`. */
export const insertAfter = (path: string, anchor: string, added: string): readonly [string, string, string] => [
  path,
  anchor,
  `${anchor}\n${added}`,
];
