import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { Empty } from '../components/empty';
import { ErrorPanel } from '../components/error-panel';
import { Loading } from '../event/loading';
import { useMayCall } from '../session';
import { EndpointDialog, type Asked } from './endpoint-dialog';
import { EndpointRow } from './endpoint-row';
import { endpointTexts } from './endpoint-texts';
import { useEndpoints } from './queries';
import classes from './delivery.module.css';

/** The endpoints that rewards are delivered to, and their states. */
export const EndpointList = () => {
  const t = useTexts(endpointTexts);
  const mayAdd = useMayCall()('POST /delivery-endpoints');
  const { data, error, refetch } = useEndpoints();
  const [asked, setAsked] = useState<Asked | null>(null);
  const add = mayAdd && (
    <Button variant="default" onClick={() => setAsked({ action: 'add' })}>
      {t('add')} …
    </Button>
  );
  if (!data) return error ? <ErrorPanel error={error} onRetry={() => void refetch()} /> : <Loading rows={6} />;
  return (
    <>
      {data.length === 0 ? (
        <Empty title={t('none')}>
          <p>{mayAdd ? t('noneHelp') : `${t('noneHelp')} ${t('noneAsk')}`}</p>
          {add}
        </Empty>
      ) : (
        <div className={classes.list}>
          <div className={classes.head}>
            <Text c="dimmed">{t('help')}</Text>
            <span className={classes.actions}>{add}</span>
          </div>
          <ul className={classes.endpoints}>
            {data.map((endpoint) => (
              <EndpointRow key={endpoint.id} endpoint={endpoint} onAsk={(action) => setAsked({ action, endpoint })} />
            ))}
          </ul>
        </div>
      )}
      {asked && <EndpointDialog asked={asked} endpoints={data} onClose={() => setAsked(null)} />}
    </>
  );
};
