/** Wraps the content of a page of text into an HTML document. @param content HTML */
export const pageOf = (language: 'en' | 'ko', title: string, content: string): Buffer =>
  Buffer.from(`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="/api-docs/favicon-32x32.png">
    <link rel="stylesheet" href="/pages.css">
  </head>
  <body>
    <main>
${content}
    </main>
  </body>
</html>
`);

/** The style sheet of all pages of text. */
export const PAGE_STYLE = `:root { --text: #1f2328; --muted: #59636e; --line: #d1d9e0; --shade: #f6f8fa; --link: #0550ae; --paper: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --muted: #9198a1; --line: #3d444d; --shade: #151b23; --link: #79b8ff; --paper: #0d1117; }
}
body { margin: 0; background: var(--paper); color: var(--text); font: 16px/1.6 system-ui, "Noto Sans KR", sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
h1 { font-size: 1.9rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
a { color: var(--link); }
p.lead { color: var(--muted); font-size: 1.1rem; margin: 0 0 2rem; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--shade); border-radius: 4px; }
code { padding: .15em .35em; overflow-wrap: break-word; }
pre { padding: .9rem 1rem; overflow-x: auto; }
pre code { padding: 0; font-size: 1em; }
table { display: block; overflow-x: auto; border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem; border: 1px solid var(--line); }
th { background: var(--shade); font-weight: 600; }
ul.links { list-style: none; padding: 0; display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); }
ul.links a { display: block; height: 100%; box-sizing: border-box; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: 8px; text-decoration: none; }
ul.links a:hover, ul.links a:focus-visible { border-color: var(--link); }
ul.applications { margin: 0 0 .75rem; }
ul.applications a { padding: 1.5rem 1.4rem; border-width: 2px; background: var(--shade); }
ul.applications strong { font-size: 1.35rem; line-height: 1.3; }
ul.applications b { display: block; margin: 0 0 .6rem; color: var(--text); font-weight: 500; }
ul.links strong { display: block; }
ul.links span { color: var(--muted); }
`;
