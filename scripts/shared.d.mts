export declare const root: string
export declare const sharedVariable: string
export declare const sharedFolder: string
export declare const findShared: (path: string) => string | undefined
