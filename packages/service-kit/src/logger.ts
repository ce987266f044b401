import pino, { type Logger } from 'pino';
import type { LogLevel } from './settings';

export type { Logger };

/** Creates a logger of JSON lines on standard output. Callers log no headers, bodies or e-mails; redaction is a second defence. */
export const createLogger = (service: string, level: LogLevel): Logger =>
  pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        'password',
        'email',
        'authorization',
        'accessToken',
        'refreshToken',
        '*.password',
        '*.email',
        '*.authorization',
        '*.accessToken',
        '*.refreshToken',
      ],
      censor: '[redacted]',
    },
  });
