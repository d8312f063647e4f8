export async function exportExplanation(_args: readonly string[]): Promise<void> {}
