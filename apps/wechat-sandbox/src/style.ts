/** What the sandbox's pages share; by light and by dark each text stands out from its ground. */
export const sharedStyle = `
* {
  box-sizing: border-box;
  margin: 0;
}
:root {
  color-scheme: light dark;
  --paper: #f1f2f3;
  --surface: #ffffff;
  --ink: #191919;
  --quiet: #5b6168;
  --line: #d5d7da;
  --link: #3f5683;
  --pay: #067a3d;
  --on-pay: #ffffff;
  --good: #067a3d;
  --warn: #8f5300;
  --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #111417;
    --surface: #1b2025;
    --ink: #e8e6e1;
    --quiet: #a6adb4;
    --line: #3a4148;
    --link: #a9bfe8;
    --pay: #7fd6a5;
    --on-pay: #0d1f15;
    --good: #7fd6a5;
    --warn: #f0b46b;
    --bad: #ffb0a6;
  }
}
body {
  background: var(--paper);
  color: var(--ink);
  font-family: -apple-system, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  line-height: 1.5;
}
a {
  color: var(--link);
}
small {
  color: var(--quiet);
  font-size: 12px;
  font-weight: 400;
}
.language {
  padding: 12px;
  text-align: center;
}
.language button {
  display: inline;
  width: auto;
  min-height: 32px;
  margin: 0;
  padding: 0 8px;
  border: 0;
  background: none;
  color: var(--link);
  font: inherit;
  font-size: 14px;
  line-height: inherit;
  text-decoration: underline;
  cursor: pointer;
}
:focus-visible {
  outline: 3px solid var(--link);
  outline-offset: 2px;
}
`;
