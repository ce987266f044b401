import { codeTexts } from '../../console/src/shared/i18n/codes';
import { LANGUAGES } from '../../console/src/shared/i18n/texts';
import { playerTexts } from '../../console/src/shared/player/texts';
import { playTexts } from '../../console/src/play/texts';
import { describeInBrowser } from './browser';
import { Stage } from './stage';

const PHONE = { width: 390, height: 844 };

describeInBrowser('the story of a player on the page for players', () => {
  const stage = new Stage();
  beforeAll(() => stage.start(), 120_000);
  afterAll(() => stage.stop());

  it.each(LANGUAGES)(
    'registers, completes the first day, and claims a part and then all, in %s',
    async (language) => {
      const name = `Attendance ${language}`;
      const eventId = await stage.event({
        name,
        condition: { type: 'LOGIN_DAYS', count: 3 },
        milestones: [
          {
            count: 1,
            rewards: [
              { name: 'gem', type: 'CURRENCY', amount: 50 },
              { name: 'potion', type: 'ITEM', amount: 20 },
            ],
          },
        ],
      });
      const player = await stage.open('/play', { language, ...PHONE });
      const { page, say, watch } = player;
      await player.button(say(playTexts, 'toRegister')).click();
      await page.getByLabel(say(playTexts, 'email'), { exact: true }).fill(`player-${language}@example.com`);
      await page.getByLabel(say(playTexts, 'password'), { exact: true }).fill('a-long-password');
      await player.button(say(playTexts, 'register')).click();
      await page.getByRole('link', { name }).click();

      const calendar = player.role('region', say(playerTexts, 'calendar'));
      const today = calendar.getByRole('button', { name: say(playerTexts, 'today') }).first();
      await today.waitFor();
      await player.button(say(playerTexts, 'complete')).click();
      await player.sees(say(playTexts, 'completed'));

      const gem = page.getByRole('listitem').filter({ has: page.getByLabel(say(playerTexts, 'amount', { name: 'gem' })) });
      await page.getByLabel(say(playerTexts, 'amount', { name: 'gem' })).fill('20');
      await player.button(say(playerTexts, 'take', { amount: '20' }), gem).click();
      await player.sees(say(playTexts, 'received', { amount: '20', name: 'gem' }));
      await player.button(say(playerTexts, 'takeAll', { amount: '30' }), gem).click();
      await player.sees(say(playTexts, 'received', { amount: '30', name: 'gem' }));

      // An operator holds the other reward, which this page does not know yet.
      await stage.operator.post(`/events/${eventId}/rewards/potion/hold`, { milestone: 1 });
      watch.allow(/^answer: 409 POST/);
      await player.button(say(playerTexts, 'takeAll', { amount: '20' })).click();
      await player.sees(say(codeTexts, 'REWARD_ON_HOLD'));
      await player.sees(say(playerTexts, 'holdNote'));

      await player.role('link', say(playTexts, 'claims')).click();
      await player.sees('× 30');
      await player.sees('× 20');
      await player.button(say(playTexts, 'logOut')).click();
      await player.role('heading', say(playTexts, 'signInTitle')).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
      await player.leave();
    },
    180_000,
  );
});
