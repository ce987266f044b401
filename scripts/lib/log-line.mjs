const COLOURS = { warn: 33, error: 31, fatal: 31 };
const COLUMN = 15;

/**
 * Formats a line of a service for the common log. On a terminal, a JSON line becomes time, service, level, message and details;
 * elsewhere it stays JSON, for programs. Any other line gets the name of its service as a prefix.
 */
export const formatLine = (service, line, { isTerminal }) => {
  const record = parseRecord(line);
  if (record === null) return `[${service}] ${line}`;
  return isTerminal ? formatRecord(service, record) : line;
};

const parseRecord = (line) => {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
};

const formatRecord = (name, { time, level, msg = '', err, service, pid, ...rest }) => {
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const details = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  const trace = err ? `\n${err.stack ?? JSON.stringify(err)}` : '';
  const text = `${clock} ${name.padEnd(COLUMN)} ${String(level).padEnd(5)} ${msg}${details}${trace}`;
  return level in COLOURS ? `\x1b[${COLOURS[level]}m${text}\x1b[0m` : text;
};
