/** A recipe of CONTRIBUTING as somebody would carry it out. */
export interface Recipe {
  /** New files, by their path in the repository. */
  readonly adds: Readonly<Record<string, string>>;
  /** Changes: in the file, what is there once becomes something else. */
  readonly changes: readonly (readonly [path: string, from: string, to: string])[];
}

/** A change that keeps what is there, and adds lines behind it. */
export const behind = (path: string, anchor: string, added: string): readonly [string, string, string] => [
  path,
  anchor,
  `${anchor}\n${added}`,
];
