import { Button, Text } from '@mantine/core';
import { IconAlertTriangle, IconLock, IconPlugConnectedX } from '@tabler/icons-react';
import { ApiProblem, OFFLINE } from '../../shared/api/problem';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useTexts } from '../../shared/i18n/texts';
import { CopyText } from './copy-text';
import { componentTexts } from './texts';
import classes from './panels.module.css';

const iconOf = (code: string) => (code === OFFLINE ? IconPlugConnectedX : code === 'FORBIDDEN' ? IconLock : IconAlertTriangle);

/** Shows why something could not be loaded or done, with the trace ID that leads to the reason in the logs. */
export const ErrorPanel = ({ error, onRetry }: { error: unknown; onRetry?: () => void }) => {
  const t = useTexts(componentTexts);
  const tCode = useTexts(codeTexts);
  const problem = error instanceof ApiProblem ? error.problem : null;
  const Icon = iconOf(problem?.code ?? '');
  return (
    <div className={classes.panel} role="alert">
      <Icon size={20} aria-hidden className={classes.icon} />
      <Text fw={500}>{tCode(codeKey(problem?.code ?? 'other'))}</Text>
      {problem?.detail && problem.status < 500 && <Text c="dimmed">{problem.detail}</Text>}
      {!problem && <Text c="dimmed">{String((error as Error)?.message ?? error)}</Text>}
      {problem?.traceId && (
        <Text c="dimmed" size="xs" component="div">
          {t('traceId')} <CopyText value={problem.traceId} />
        </Text>
      )}
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {t('retry')}
        </Button>
      )}
    </div>
  );
};
