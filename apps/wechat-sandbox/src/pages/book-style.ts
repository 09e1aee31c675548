import { sharedStyle } from '../style';

/** A ledger: dense, and each order a card, so that it reads on a phone too. */
export const bookStyle = `${sharedStyle}
body {
  padding: 0 16px 48px;
  font-size: 15px;
}
header,
main {
  max-width: 980px;
  margin: 0 auto;
}
header {
  padding: 28px 0 16px;
  display: flex;
  flex-wrap: wrap;
  gap: 4px 24px;
  align-items: baseline;
  justify-content: space-between;
}
h1 {
  font-size: 26px;
}
h2 {
  font-size: 18px;
  margin-bottom: 8px;
}
article,
.tools {
  background: var(--surface);
  border-radius: 12px;
  padding: 18px 20px;
  margin-bottom: 16px;
  box-shadow: 0 1px 2px #00000011;
}
.head {
  display: flex;
  justify-content: space-between;
  gap: 16px;
}
.number {
  overflow-wrap: anywhere;
}
.fee {
  text-align: right;
  font-size: 20px;
  font-weight: 600;
  white-space: nowrap;
  font-variant-numeric: tabular-nums;
}
.state {
  font-size: 13px;
  font-weight: 600;
  color: var(--warn);
}
.state.SUCCESS {
  color: var(--good);
}
.state.REFUND {
  color: var(--link);
}
.state.CLOSED {
  color: var(--quiet);
}
.what {
  margin-top: 8px;
  overflow-wrap: anywhere;
}
.line {
  font-size: 13px;
  overflow-wrap: anywhere;
}
.none,
.more {
  color: var(--quiet);
  padding: 8px 0 16px;
}
details {
  margin-top: 10px;
}
summary {
  cursor: pointer;
  font-weight: 600;
  font-size: 14px;
}
.wide {
  overflow-x: auto;
}
table {
  border-collapse: collapse;
  width: 100%;
  font-size: 13px;
  margin-top: 4px;
  font-variant-numeric: tabular-nums;
}
th,
td {
  text-align: left;
  padding: 5px 12px 5px 0;
  border-bottom: 1px solid var(--line);
  white-space: nowrap;
  vertical-align: top;
}
th {
  font-weight: 600;
}
.reply {
  white-space: normal;
  overflow-wrap: anywhere;
  min-width: 220px;
  font-family: ui-monospace, monospace;
  font-size: 12px;
  color: var(--quiet);
}
.yes td:nth-child(4) {
  color: var(--good);
}
.no td:nth-child(4) {
  color: var(--bad);
}
pre {
  overflow-x: auto;
  margin-top: 8px;
  padding: 8px 10px;
  border-radius: 8px;
  background: var(--paper);
  font:
    13px / 1.5 ui-monospace,
    monospace;
}
.acts {
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
  margin-top: 14px;
}
button,
.button {
  display: inline-block;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--paper);
  color: var(--ink);
  font: inherit;
  font-size: 14px;
  padding: 7px 14px;
  min-height: 38px;
  text-decoration: none;
  cursor: pointer;
}
button:hover,
.button:hover {
  filter: brightness(0.94);
}
form[action="/book/pay"] button {
  background: var(--pay);
  border-color: var(--pay);
  color: var(--on-pay);
}
`;
