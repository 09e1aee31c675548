import { randomBytes, randomInt } from 'node:crypto';
import { beijingDay, beijingTime } from '../clock';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function draw(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

export const digits = (length: number) => draw('0123456789', length);

/** The nonce of an answer: 16 letters and digits, never the request's. */
export const answerNonce = () => draw(base62, 16);
/** The nonce of a notice: 32 hex digits. */
export const noticeNonce = () => randomBytes(16).toString('hex');
/** What the QR code says; opaque to the merchant. */
export const codeUrl = () => `weixin://wxpay/bizpayurl?pr=${draw(base62, 9)}`;
/** `wx` and 34 digits and hex digits. */
export const prepayId = (now: number) =>
  `wx${beijingTime(now).slice(6)}${randomBytes(13).toString('hex')}`;
/** WeChat's number of a payment: 28 digits, 4200 first, the day in the middle. */
export const transactionId = (now: number) => `4200${digits(6)}${beijingDay(now)}${digits(10)}`;
/** WeChat's number of a refund: 29 digits, 503 first, the day in the middle. */
export const refundId = (now: number) => `503${digits(7)}${beijingDay(now)}${digits(11)}`;
