import { pageOf } from './layout';

/** What a browser shows at the gateway's address. */
export const START_PAGE = pageOf(
  'en',
  'Login rewards',
  `      <h1>Login rewards</h1>
      <p class="lead">Counts logins once, grants what was promised and never more, and proves both from its log.</p>
      <ul class="links applications">
        <li><a href="/console"><strong>Console</strong><b lang="ko">운영 콘솔</b><span>Run events, help players, and check every claim, for operators and auditors</span></a></li>
        <li><a href="/play"><strong>Rewards</strong><b lang="ko">출석 보상</b><span>The attendance calendar and rewards of a player, as the game shows them</span></a></li>
      </ul>
      <ul class="links">
        <li><a href="/rules"><strong>Rules</strong><span>Attendance calendars, cycles, promises and the order of rejections, with examples</span></a></li>
        <li><a href="/rules/ko" lang="ko"><strong>규칙</strong><span>출석부와 주기, 약속, 거절 순서와 예시</span></a></li>
        <li><a href="/api-docs"><strong>API documentation</strong><span>Every route with its fields, answers and examples</span></a></li>
        <li><a href="/health"><strong>Health</strong><span>The state of every service</span></a></li>
      </ul>`,
);
