import { pageOf } from './layout';

/** What a browser shows at the gateway's address. */
export const START_PAGE = pageOf(
  'en',
  'Login rewards',
  `      <h1>Login rewards</h1>
      <p class="lead">Counts logins once, grants what was promised and never more, and proves both from its log.</p>
      <ul class="links">
        <li><a href="/rules"><strong>Rules</strong><span>What counts, when, and in which order requests are rejected</span></a></li>
        <li><a href="/rules/ko" lang="ko"><strong>규칙</strong><span>집계 기준과 거절 순서</span></a></li>
        <li><a href="/api-docs"><strong>API documentation</strong><span>Every route with its fields, answers and examples</span></a></li>
        <li><a href="/health"><strong>Health</strong><span>The state of every service</span></a></li>
      </ul>`,
);
