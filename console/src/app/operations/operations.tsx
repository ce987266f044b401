import { Tabs } from '@mantine/core';
import { useTexts } from '../../shared/i18n/texts';
import { Page } from '../components/page';
import { useChangeSearch, useSearchState } from '../url-state';
import { DeadLettersTab } from './dead-letters-tab';
import { Headline } from './headline';
import { HealthTab } from './health-tab';
import { ProjectionsTab } from './projections-tab';
import { operationsTexts } from './texts';
import { TABS, type Tab } from './troubles';
import { VerificationTab } from './verification-tab';
import classes from './operations.module.css';

const CONTENTS: Readonly<Record<Tab, () => React.ReactNode>> = {
  projections: ProjectionsTab,
  deadLetters: DeadLettersTab,
  verification: VerificationTab,
  health: HealthTab,
};

/** Whether the system keeps up, and what to do if it does not. */
export const Operations = () => {
  const t = useTexts(operationsTexts);
  const search = useSearchState();
  const change = useChangeSearch();
  const tab = TABS.find((each) => each === search.tab) ?? 'projections';
  const show = (next: string | null): void => {
    const cleared = Object.fromEntries(Object.keys(search).map((name) => [name, undefined]));
    change({ ...cleared, tz: search.tz, tab: next === 'projections' ? undefined : (next ?? undefined) });
  };
  return (
    <Page title={t('title')}>
      <Headline />
      <Tabs value={tab} onChange={show} keepMounted={false}>
        <Tabs.List className={classes.tabs}>
          {TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(each)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map((each) => {
          const Content = CONTENTS[each];
          return (
            <Tabs.Panel key={each} value={each} pt="lg">
              <Content />
            </Tabs.Panel>
          );
        })}
      </Tabs>
    </Page>
  );
};
