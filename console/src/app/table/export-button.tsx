import { Button, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { problemOf } from '../../shared/api/problem';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { componentTexts } from '../components/texts';
import { api } from '../session';
import { formatBytes } from './bytes';
import { canWriteToDisk, chooseTarget, writeAll } from './export-file';
import { exportTexts } from './export-texts';

interface ExportButtonProps {
  /** Of the export route, with its parameters filled in. */
  readonly path: string;
  /** The filters of the list. */
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly fileName: string;
}

type OpenStream = (
  path: string,
  options: object,
) => Promise<{ readonly data?: ReadableStream<Uint8Array<ArrayBuffer>>; readonly error?: unknown; readonly response: Response }>;

// The types of the client name each path; a button that serves all exports is given one.
const openStream = api.GET as unknown as OpenStream;

/** Saves all rows that the filters select as a file, without keeping them in memory where the browser allows it. */
export const ExportButton = ({ path, query, fileName }: ExportButtonProps) => {
  const t = useTexts(exportTexts);
  const tCode = useTexts(codeTexts);
  const tComponents = useTexts(componentTexts);
  const language = useLanguage();
  const closable = { closeButtonProps: { 'aria-label': tComponents('close') } };
  const [written, setWritten] = useState<number | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const run = async (): Promise<void> => {
    const controller = new AbortController();
    try {
      const target = await chooseTarget(fileName);
      if (!target) return;
      running.current = controller;
      setWritten(0);
      const { data, error, response } = await openStream(path, {
        params: { query },
        parseAs: 'stream',
        signal: controller.signal,
      }).catch(async (reason: unknown) => {
        await target.abort();
        throw reason;
      });
      if (!response.ok || !data) {
        await target.abort();
        throw problemOf(error, response);
      }
      const size = await writeAll(data, target, setWritten);
      notifications.show({ ...closable, message: t('done', { file: fileName, size: formatBytes(size, language) }) });
    } catch (error) {
      if (controller.signal.aborted) return;
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'other';
      notifications.show({ ...closable, title: t('failed'), message: tCode(codeKey(code)), autoClose: 15_000, role: 'alert' });
    } finally {
      running.current = null;
      setWritten(null);
    }
  };

  if (written !== null)
    return (
      <Button variant="default" leftSection={<IconX size={14} />} onClick={() => running.current?.abort()}>
        {t('running', { size: formatBytes(written, language) })}
      </Button>
    );
  return (
    <Tooltip label={t(canWriteToDisk() ? 'toDisk' : 'toMemory')} multiline w={280} openDelay={250}>
      <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => void run()}>
        {t('export')}
      </Button>
    </Tooltip>
  );
};
