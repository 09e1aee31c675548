/** Why a notice is not believed; the sender is told none of it. */
export class NotBelieved extends Error {}
