import { sharedStyle } from '../style';

/** Plain, and readable at arm's length. */
export const phoneStyle = `${sharedStyle}
body {
  font-size: 17px;
}
.phone {
  max-width: 430px;
  min-height: calc(100vh - 60px);
  margin: 0 auto;
  padding: 0 20px 24px;
  display: flex;
  flex-direction: column;
  background: var(--paper);
}
header {
  padding: 18px 0;
  text-align: center;
  font-weight: 600;
}
.card {
  background: var(--surface);
  border-radius: 14px;
  padding: 28px 20px;
  margin-bottom: 24px;
  text-align: center;
}
.avatar {
  width: 56px;
  height: 56px;
  margin: 0 auto 12px;
  border-radius: 12px;
  background: var(--pay);
  color: var(--on-pay);
  font-size: 28px;
  line-height: 56px;
}
.amount {
  font-size: 46px;
  font-weight: 600;
  line-height: 1.3;
  font-variant-numeric: tabular-nums;
}
.amount span {
  font-size: 28px;
  margin-right: 2px;
}
dl {
  margin-top: 20px;
  padding-top: 16px;
  border-top: 1px solid var(--line);
  text-align: left;
  font-size: 15px;
}
dt {
  color: var(--quiet);
  float: left;
}
dd {
  text-align: right;
  overflow-wrap: anywhere;
  margin: 0 0 8px 96px;
}
button,
.again {
  display: block;
  width: 100%;
  min-height: 50px;
  margin-bottom: 12px;
  border: 0;
  border-radius: 10px;
  font: inherit;
  font-weight: 600;
  text-align: center;
  line-height: 50px;
  text-decoration: none;
  cursor: pointer;
}
.pay,
.again {
  background: var(--pay);
  color: var(--on-pay);
}
.pay:active {
  filter: brightness(0.94);
}
.cancel {
  background: var(--line);
  color: var(--ink);
}
.sign {
  width: 72px;
  height: 72px;
  margin: 0 auto 16px;
  border-radius: 50%;
  background: var(--warn);
  color: var(--surface);
  font-size: 40px;
  line-height: 72px;
}
.done .sign,
.paid .sign {
  background: var(--pay);
}
.cancelled .sign {
  background: var(--quiet);
}
h1 {
  font-size: 22px;
  line-height: 1.4;
  margin-bottom: 8px;
}
h1.shop {
  margin: 0;
  font-size: 17px;
  font-weight: 400;
}
.line {
  color: var(--quiet);
  font-size: 15px;
  margin-top: 12px;
}
label {
  display: block;
  text-align: left;
  margin: 16px 0;
}
input {
  width: 100%;
  min-height: 46px;
  padding: 0 12px;
  border: 1px solid var(--quiet);
  background: var(--surface);
  color: var(--ink);
  border-radius: 10px;
  font: inherit;
  font-size: 15px;
}
.phone footer {
  margin-top: auto;
  padding-top: 24px;
  text-align: center;
  font-size: 14px;
  color: var(--quiet);
}
`;
