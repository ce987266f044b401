import { ActionIcon, Alert, Drawer, Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useDisclosure, useNetwork } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconMenu2, IconSearch, IconUserCircle } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { chooseLanguage, LANGUAGE_NAMES, LANGUAGES, useLanguage, useTexts } from '../../shared/i18n/texts';
import { useIdentity } from '../session';
import { useZoneMode } from '../time/zone-mode';
import { ZONE_MODES } from '../time/zones';
import { useUrlState } from '../url-state';
import { CommandPalette } from './command-palette';
import { Navigation } from './navigation';
import { signOut } from './sign-out';
import { shellTexts } from './texts';
import classes from './shell.module.css';

/** The frame around all pages: navigation, search, zone, language, account. */
export const Shell = () => {
  const t = useTexts(shellTexts);
  const [isOpen, { open, close }] = useDisclosure(false);
  const { online } = useNetwork();
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        {t('skip')}
      </a>
      <aside className={classes.sidebar}>
        <Brand />
        <Navigation />
      </aside>
      <Drawer opened={isOpen} onClose={close} size="240px" title={t('product')}>
        <Navigation onNavigate={close} />
      </Drawer>
      <header className={classes.header}>
        <ActionIcon className={classes.burger} onClick={open} aria-label={t('openNavigation')}>
          <IconMenu2 size={18} />
        </ActionIcon>
        <UnstyledButton className={classes.search} onClick={spotlight.open} aria-label={t('search')}>
          <IconSearch size={14} aria-hidden />
          <span className={classes.searchText}>{t('search')}</span>
          <kbd>Ctrl K</kbd>
        </UnstyledButton>
        <ZoneSwitch />
        <AccountMenu />
      </header>
      <main id="content" tabIndex={-1} className={classes.content}>
        {!online && (
          <Alert color="yellow" radius={0} role="status">
            {t('offline')}
          </Alert>
        )}
        <Outlet />
      </main>
      <CommandPalette />
    </div>
  );
};

const Brand = () => {
  const t = useTexts(shellTexts);
  return (
    <Link to="/" className={classes.brand}>
      <img src={new URL('../icon.svg', import.meta.url).href} width={20} height={20} alt="" />
      {t('product')}
    </Link>
  );
};

/** The one switch for all times. */
const ZoneSwitch = () => {
  const t = useTexts(shellTexts);
  const mode = useZoneMode();
  const [, setZone] = useUrlState('tz');
  const names = { event: t('zoneEvent'), utc: t('zoneUtc'), local: t('zoneLocal') };
  return (
    <SegmentedControl
      aria-label={t('zone')}
      className={classes.zones}
      value={mode}
      onChange={(value) => setZone(value === 'event' ? undefined : value)}
      data={ZONE_MODES.map((value) => ({ value, label: names[value] }))}
    />
  );
};

const AccountMenu = () => {
  const t = useTexts(shellTexts);
  const { email, roles } = useIdentity();
  const language = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const schemes = { light: t('light'), dark: t('dark'), auto: t('auto') } as const;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon size="lg" aria-label={`${t('account')}: ${email}`}>
          <IconUserCircle size={20} stroke={1.5} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.identity}>
          <Text fw={500} truncate>
            {email}
          </Text>
          <Text c="dimmed" size="xs">
            {roles.join(', ')}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Label>{t('language')}</Menu.Label>
        {LANGUAGES.map((each) => (
          <Menu.RadioItem
            key={each}
            lang={each}
            value={each}
            checked={each === language}
            onChange={() => void chooseLanguage(each)}
            closeMenuOnClick
          >
            {LANGUAGE_NAMES[each]}
          </Menu.RadioItem>
        ))}
        <Menu.Label>{t('appearance')}</Menu.Label>
        {(['light', 'dark', 'auto'] as const).map((each) => (
          <Menu.RadioItem
            key={each}
            value={each}
            checked={each === colorScheme}
            onChange={() => setColorScheme(each)}
            closeMenuOnClick
          >
            {schemes[each]}
          </Menu.RadioItem>
        ))}
        <Menu.Divider />
        <Menu.Item component={Link} {...{ to: '/password' }}>
          {t('changePassword')}
        </Menu.Item>
        <Menu.Item onClick={() => void signOut()}>{t('signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};
