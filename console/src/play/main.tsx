document.getElementById('root')?.append('Rewards');
export {};
