/** A ledger: dense, and each order a card, so that it reads on a phone too. */
export const bookStyle = `
* {
  box-sizing: border-box;
  margin: 0;
}
body {
  background: #f3f4f5;
  color: #191919;
  font:
    15px / 1.5 -apple-system,
    "PingFang SC",
    "Noto Sans CJK SC",
    "Microsoft YaHei",
    sans-serif;
  padding: 0 16px 48px;
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
small {
  color: #777;
  font-size: 12px;
  font-weight: 400;
}
a {
  color: #576b95;
  text-decoration: none;
}
article,
.faults {
  background: #fff;
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
  color: #fa9d3b;
}
.state.SUCCESS {
  color: #07a050;
}
.state.REFUND {
  color: #576b95;
}
.state.CLOSED {
  color: #888;
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
  color: #777;
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
  border-bottom: 1px solid #eee;
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
  color: #555;
}
.yes td:nth-child(4) {
  color: #07a050;
}
.no td:nth-child(4) {
  color: #c0392b;
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
  border: 1px solid #d5d7da;
  border-radius: 8px;
  background: #fafafa;
  color: #191919;
  font: inherit;
  font-size: 14px;
  padding: 7px 14px;
  min-height: 38px;
  cursor: pointer;
}
button:hover,
.button:hover {
  background: #f0f0f0;
}
button:focus-visible,
a:focus-visible,
summary:focus-visible {
  outline: 3px solid #10aeff;
  outline-offset: 2px;
}
form[action="/book/pay"] button {
  background: #07c160;
  border-color: #07c160;
  color: #fff;
}
form[action="/book/pay"] small {
  color: #dff6e9;
}
`;
