const COLOURS = { warn: 33, error: 31, fatal: 31 };
const COLUMN = 15;

/**
 * One line of a service for whoever reads the common log. On a terminal its JSON becomes time, service, level, message and
 * the rest; elsewhere it stays JSON, for programs. What is not JSON gets the name of its service in front.
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
