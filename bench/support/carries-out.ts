/** In a process of the bench: does each task that its parent sends, and tells what came of it. */
export function carriesOut<Task>(run: (task: Task) => Promise<object>): void {
  process.on('message', (task: Task) => {
    run(task).then(
      (done) => process.send?.(done),
      (error) => process.send?.({ failed: String(error?.stack ?? error) }),
    );
  });
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}
