/** The HTML page at the root path. */
export const START_PAGE = Buffer.from(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Login rewards</title>
  </head>
  <body>
    <h1>Login rewards</h1>
    <p><a href="/api-docs">API documentation</a></p>
  </body>
</html>
`);
