import 'reflect-metadata';
import '../../../apps/order-service/src/order.module';

/**
 * A warm order service: everything is loaded, and it starts the moment its parent says so. A crash
 * harness needs hundreds of them.
 */
process.send?.('warm');
process.on('message', (message) => {
  if (message === 'start') void import('../../../apps/order-service/src/main.js');
});
