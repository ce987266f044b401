/** The license of the API description. */
export const LICENSE = { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' } as const;

/** The contact for the API. */
export const CONTACT = { name: 'Login rewards' } as const;
