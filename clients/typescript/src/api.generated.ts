// Generated from docs/openapi.json by `npm run generate`: do not edit.

export interface paths {
    "/api/v6/services/securitymanagement/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Log in
         * @description Proves an email and a password, and opens a session. Serves every role.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LoginRequest"];
                };
            };
            responses: {
                /** @description The session is open. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LoginAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/refresh-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Refresh a token
         * @description Exchanges a refresh token for a new pair. Send a real UUID as `uuid`, and the same one when the answer was lost:
         *     then the same successor comes again, for a day.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RefreshRequest"];
                };
            };
            responses: {
                /** @description A new pair. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LoginAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Log out
         * @description Ends the session that either token belongs to, everywhere. An expired access token and a used refresh token will
         *     do; a session that has ended already is answered the same.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["LogoutRequest"];
                };
            };
            responses: {
                /** @description The session has ended. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/forgot-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a link to reset a password
         * @description Always answered with the same words, in the same time, whoever the email is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ForgotPasswordRequest"];
                };
            };
            responses: {
                /** @description A letter is on its way if the address is known. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/reset-password/{email}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask for a link to reset a password, by path
         * @description The same as `forgot-password`, with the email in the path.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The address of the account.
                     * @example hello@remitjunction.co.uk
                     */
                    email: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A letter is on its way if the address is known. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a password by a mailed token
         * @description Completes a reset or an invitation: sets the password, unlocks the account and ends all its sessions. A weak
         *     password is refused and the token stays good.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ResetPasswordRequest"];
                };
            };
            responses: {
                /** @description The password is set. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PasswordAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the own password
         * @description Ends every other session of the account. The fifth wrong current password ends this one too.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ChangePasswordRequest"];
                };
            };
            responses: {
                /** @description The password is changed. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PasswordAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/register-customer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a customer
         * @description Sends a letter with a token that, with the password, makes the account. The answer is the same whether or not the
         *     address is free; a taken one gets another letter.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RegisterRequest"];
                };
            };
            responses: {
                /** @description A letter is on its way. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/confirm-email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Confirm an address
         * @description The mailed token and the password chosen when registering, together, make the account. After five wrong passwords
         *     the token is worth nothing.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConfirmEmailRequest"];
                };
            };
            responses: {
                /** @description The account is ready. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PasswordAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See the own profile
         * @description Says who the caller is.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The caller. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProfileAnswer"];
                    };
                };
            };
        };
        /**
         * Change the own profile
         * @description Names, phone, address, language. What is left out stays as it is; the email address never changes.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EditProfileRequest"];
                };
            };
            responses: {
                /** @description The caller as it is now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProfileAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sessions
         * @description The caller's own living sessions, or those of another account for who may manage them.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Another account of the tenant; the own one without it. */
                    account?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The sessions. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionsAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * End all other sessions
         * @description Of the caller, all but the one that asks; of another account, all.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description Another account of the tenant; the own one without it. */
                    account?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The sessions have ended. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session
         * @description Its tokens are dead at once, everywhere.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description Another account of the tenant; the own one without it. */
                    account?: string;
                };
                header?: never;
                path: {
                    /** @description The claim `sid`. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The session has ended. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/unlock-user-account/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * End a lockout
         * @description The person can log in with the right password at once.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The account is not locked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/activate-user-account/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Activate an account
         * @description It may log in again.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The account is active. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        /**
         * Activate an account
         * @description It may log in again.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The account is active. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/deactivate-user-account/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Deactivate an account
         * @description It may no longer log in, and its sessions end.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The account is deactivated. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        /**
         * Deactivate an account
         * @description It may no longer log in, and its sessions end.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The account is deactivated. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/accounts/{id}/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain an account's access
         * @description Why this person can or cannot log in right now: every reason in order, when each ends, what would mend it. Who has
         *     registered and not confirmed the address has no account yet: the trail tells of that.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The explanation. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccessAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/audit-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the audit trail
         * @description The newest first, filtered by account, action, outcome and time.
         */
        get: {
            parameters: {
                query: {
                    /** @description Only those about this account. */
                    account?: string;
                    /**
                     * @description Only of this action.
                     * @example login
                     */
                    action?: string;
                    /** @description `done` or `refused`. */
                    outcome?: string;
                    /** @description Only at or after this moment (RFC 3339). */
                    from?: string;
                    /** @description Only before this moment (RFC 3339). */
                    to?: string;
                    /** @description The most items to answer. */
                    limit: number;
                    /** @description `nextCursor` of the page before. */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of the trail. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditEventsAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/audit-events/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the audit trail
         * @description The whole trail with its seals as JSON lines: `countersign audit verify` verifies them alone. The last line is of kind
         *     `end`; where it is missing, something broke and the rest is worth nothing.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The trail, one JSON object a line. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/jsonl": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List customers
         * @description The newest first, or what a search finds in the order of its words.
         */
        get: {
            parameters: {
                query: {
                    /** @description The beginning of an email address, a first or a last name; letter case and accents do not matter. */
                    search?: string;
                    /** @description The most items to answer. */
                    limit: number;
                    /** @description `nextCursor` of the page before. */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PeopleAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/customers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See a customer
         * @description With what is known of the person.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The customer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PersonViewAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/employees": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List employees
         * @description The newest first, or what a search finds in the order of its words.
         */
        get: {
            parameters: {
                query: {
                    /** @description The beginning of an email address, a first or a last name; letter case and accents do not matter. */
                    search?: string;
                    /** @description The most items to answer. */
                    limit: number;
                    /** @description `nextCursor` of the page before. */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PeopleAnswer"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Invite an employee
         * @description Makes a staff account without a password and sends its person a link to set one.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewEmployeeRequest"];
                };
            };
            responses: {
                /** @description The invitation is on its way. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PersonViewAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/employees/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See an employee
         * @description With what is known of the person.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The employee. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PersonViewAnswer"];
                    };
                };
            };
        };
        /**
         * Change an employee
         * @description Names, roles, or whether the password must be changed. What is left out stays as it is.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EditEmployeeRequest"];
                };
            };
            responses: {
                /** @description The employee as it is now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PersonViewAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List invitations
         * @description Who is invited and has not set a password, the newest first.
         */
        get: {
            parameters: {
                query: {
                    /** @description The beginning of an email address, a first or a last name; letter case and accents do not matter. */
                    search?: string;
                    /** @description The most items to answer. */
                    limit: number;
                    /** @description `nextCursor` of the page before. */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["InvitationsAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/usermanagement/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Send an invitation again
         * @description With a new link; the ones before stay good for their time.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The invited account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Another letter is on its way. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Withdraw an invitation
         * @description Its link opens nothing any more, and the account goes with it.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The invited account's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The invitation is withdrawn. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/encryption-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fetch the encryption key
         * @description What the password fields of a request with `payloadEncrypted` are encrypted under. Another key takes its place at
         *     once, so fetch it again when a request is refused with `DECRYPTION_FAILED`.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The key in use. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EncryptionKeyAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/api-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API tokens
         * @description The newest first, dead ones among them until they are deleted, or a month after their time.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The tokens. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApiTokensAnswer"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Make an API token
         * @description For a server. The secret is shown in this answer and never again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewApiTokenRequest"];
                };
            };
            responses: {
                /** @description The token. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApiTokenShownAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/api-tokens/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Rotate an API token
         * @description A new secret, shown in this answer alone; the one before stays good for as long as is asked. Not twice within ten
         *     seconds.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The token's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["RotateApiTokenRequest"];
                };
            };
            responses: {
                /** @description The token with its new secret. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApiTokenShownAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/api-tokens/{id}/invalidate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Invalidate an API token
         * @description It opens nothing any more, at once and everywhere, and stays in the list.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The token's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token has ended. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v6/services/securitymanagement/api-tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete an API token
         * @description It opens nothing any more and leaves the list; the audit trail keeps it.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The token's id. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token is deleted. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth2/introspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a token is
         * @description Introspection (RFC 7662): whether a token opens anything right now, and what it says. The caller shows an API token of
         *     the tenant as a bearer.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/x-www-form-urlencoded": components["schemas"]["TokenForm"];
                };
            };
            responses: {
                /** @description What it is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["IntrospectionAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth2/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a token
         * @description Revocation (RFC 7009): a session by its access or refresh token, or an API token. A token that is unknown or over is
         *     answered the same. The caller shows an API token of the tenant as a bearer.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/x-www-form-urlencoded": components["schemas"]["TokenForm"];
                };
            };
            responses: {
                /** @description It opens nothing any more. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tenant's published keys
         * @description A JWK set (RFC 7517): what its access tokens are verified with. May be kept for five minutes; keys are published
         *     ten minutes before their first use.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The keys. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/jwk-set+json": Record<string, never>;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The account that access is explained of. */
        AccessAccountAnswer: {
            /**
             * Format: uuid
             * @description The account's id.
             */
            id: string;
            /**
             * @description `customer` or `staff`.
             * @example customer
             */
            kind: string;
        };
        /**
         * @description `GET …/usermanagement/accounts/{id}/access`: why a person can or cannot log in right now. It names nobody: who may see
         *     this may not therefore see people.
         */
        AccessAnswer: {
            /** @description Whose access it is. */
            account: components["schemas"]["AccessAccountAnswer"];
            /** @description Whether the right password opens a session, from a device that has not proved it before. */
            canLogIn: boolean;
            /**
             * @description Every reason why not, in the order in which they are to be mended. A remedy works once the reasons before it are
             *     mended.
             */
            reasons: components["schemas"]["ObstacleAnswer"][];
            /** @description What is counted against devices, unknown ones first. A device that has proved the password has a count of its own. */
            devices: components["schemas"]["DeviceAnswer"][];
            /** @description What keeps out nobody who does it right, and may be what the person sees all the same. */
            notes: components["schemas"]["AccessNoteAnswer"][];
        };
        /** @description What keeps out nobody who does it right. */
        AccessNoteAnswer: {
            /**
             * @description `must_change_password`, `shared_address` or `network_limit`.
             * @example must_change_password
             */
            note: string;
            /** @description A sentence for the manager. */
            message: string;
            /** @description What helps, for programs. */
            remedies: components["schemas"]["RemedyAnswer"][];
        };
        /** @description An API token, without its secret. */
        ApiTokenAnswer: {
            /**
             * Format: uuid
             * @description Its id, which a rotation leaves as it is.
             */
            id: string;
            /**
             * @description What people call it.
             * @example nightly settlement
             */
            name: string;
            /**
             * @description The first characters of its secret, by which it is recognised.
             * @example countersign_1a2b3c
             */
            hint: string;
            /** @description What it may do at most. */
            roles: string[];
            /**
             * @description `active`, `expired` or `invalidated`.
             * @example active
             */
            state: string;
            /**
             * Format: uuid
             * @description Who was shown its secret and answers for it: deactivated, or without a role that it needs, it ends.
             */
            maker: string;
            /** @description When it was made (RFC 3339). */
            createdAt: string;
            /** @description When its secret was last replaced (RFC 3339). */
            rotatedAt?: string | null;
            /** @description When it ends by itself (RFC 3339). */
            expiresAt: string;
            /** @description When it was ended (RFC 3339). */
            invalidatedAt?: string | null;
            /** @description When it was last used (RFC 3339), to the minute. */
            lastUsedAt?: string | null;
        };
        /**
         * @description How long an API token is good; for the description alone.
         * @enum {string}
         */
        ApiTokenExpiry: "24h" | "1m" | "3m" | "6m" | "1y";
        /** @description An API token with its secret, which no other answer shows. */
        ApiTokenShownAnswer: components["schemas"]["ApiTokenAnswer"] & {
            /**
             * @description The secret: to be sent wherever an access token is.
             * @example countersign_1a2b3c…
             */
            token: string;
        };
        /** @description The tenant's API tokens, the newest first; there are never more than a hundred. */
        ApiTokensAnswer: {
            /** @description The tokens, dead ones among them. */
            items: components["schemas"]["ApiTokenAnswer"][];
            /** @description Always null: one page holds all. */
            nextCursor?: string | null;
        };
        /** @description Something that happened, or was refused. What was erased is null. */
        AuditEventAnswer: {
            /**
             * Format: uuid
             * @description The event's id.
             */
            id: string;
            /** @description When (RFC 3339). */
            at: string;
            /**
             * @description What was done or tried.
             * @example login
             */
            action: string;
            /**
             * @description `done` or `refused`.
             * @example refused
             */
            outcome: string;
            /** @description Why, where that is not plain. */
            reason?: string | null;
            /**
             * Format: int32
             * @description How many like refusals it stands for.
             */
            count: number;
            /** @description `nobody`, `account`, `api_token`, `operator` or `system`. */
            actor: string;
            /**
             * Format: uuid
             * @description The account or API token that acted.
             */
            actorId?: string | null;
            /**
             * Format: uuid
             * @description The account it was done to.
             */
            account?: string | null;
            /**
             * Format: uuid
             * @description The session it was done to or in.
             */
            session?: string | null;
            /** @description The `uuid` of the request. */
            requestId?: string | null;
            /** @description Where the request came from. */
            clientAddress?: string | null;
            /** @description What that called itself. */
            userAgent?: string | null;
            /** @description A few words for the reader. */
            detail?: string | null;
        };
        /** @description A page of the trail, the newest first. */
        AuditEventsAnswer: {
            /** @description The events. A page may be short, even empty, and still go on. */
            items: components["schemas"]["AuditEventAnswer"][];
            /** @description Send it as `cursor` for the next page; null on the last. */
            nextCursor?: string | null;
        };
        /** @description `PUT …/securitymanagement/change-password`: replaces the own password. */
        ChangePasswordRequest: {
            /**
             * Format: password
             * @description The password so far.
             */
            currentPassword: string;
            /**
             * Format: password
             * @description The new one.
             */
            newPassword: string;
            /**
             * @description Whether the password fields are encrypted under the tenant's encryption key.
             * @default false
             */
            payloadEncrypted?: boolean | null;
        };
        /** @description `PUT …/usermanagement/confirm-email`: the mailed token and the password, together, make the account. */
        ConfirmEmailRequest: {
            /** @description The token of the letter. */
            token: string;
            /**
             * Format: password
             * @description The password chosen when registering.
             */
            password: string;
            /**
             * @description Whether the password fields are encrypted under the tenant's encryption key.
             * @default false
             */
            payloadEncrypted?: boolean | null;
        };
        /** @description What is counted against one class of devices. */
        DeviceAnswer: {
            /** @description Whether it is a device that has proved the password before. */
            isKnown: boolean;
            /** @description Whether the right password opens a session from it. */
            canLogIn: boolean;
            /**
             * Format: int32
             * @description Wrong passwords that count together now.
             */
            failures: number;
            /**
             * Format: int32
             * @description Wrong passwords since the last right one.
             */
            failuresWithoutSuccess: number;
            /** @description Whether passwords from it are refused. */
            isLocked: boolean;
            /** @description When that ends by itself (RFC 3339); null: it does not, or it is not locked. */
            lockedUntil?: string | null;
            /** @description What would end the lock. */
            remedies: components["schemas"]["RemedyAnswer"][];
        };
        /** @description `PUT …/usermanagement/employees/{id}`: changes a member of staff. What is left out stays as it is. */
        EditEmployeeRequest: {
            /** @description Given name; comes with the family name. */
            firstName?: string | null;
            /** @description Family name; comes with the given name. */
            lastName?: string | null;
            /** @description Staff roles, in place of those there are. Sessions end. */
            roles?: string[] | null;
            /** @description Whether the password must be changed before anything else. Sessions end. */
            mustChangePassword?: boolean | null;
        };
        /** @description `PUT …/usermanagement/profile`: changes the own profile. What is left out stays as it is. */
        EditProfileRequest: {
            /** @description Given name. */
            firstName?: string | null;
            /** @description Family name. */
            lastName?: string | null;
            /**
             * @description `+` and the country code; comes with the phone.
             * @example +44
             */
            dialingCode?: string | null;
            /**
             * @description National digits; come with the country code.
             * @example 7911123456
             */
            phone?: string | null;
            /** @description Postal address. */
            address?: string | null;
            /**
             * @description The language to be written to in: `en`, `fr`, `es`, `pt` or `ar`.
             * @example fr
             */
            language?: string | null;
        };
        /** @description `GET …/securitymanagement/encryption-key`: what the fields of a request with `payloadEncrypted` are encrypted under. */
        EncryptionKeyAnswer: {
            /**
             * Format: uuid
             * @description Another key has another id. Nothing has to be sent with it.
             */
            keyId: string;
            /**
             * @description The public key: Base64 of the DER of a `SubjectPublicKeyInfo`.
             * @example MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA…
             */
            publicKey: string;
            /**
             * @description Always `RSA-OAEP-256` (RFC 7518 section 4.3): RSAES-OAEP with SHA-256 and an empty label. MGF1 with SHA-1, the
             *     default of the JDK, is taken as well as MGF1 with SHA-256.
             * @example RSA-OAEP-256
             */
            algorithm: string;
        };
        /**
         * @description What can be wrong with a field.
         * @enum {string}
         */
        FaultCode: "REQUIRED" | "WRONG_TYPE" | "DUPLICATE" | "TOO_LONG" | "TOO_DEEP" | "INVALID" | "UNSUPPORTED" | "MALFORMED";
        /** @description One bad field of a request, or one bad header. */
        FieldError: {
            /**
             * @description The field as the request writes it (`email`, `address.street`), a header's name, or `body` for the whole.
             * @example currentPassword
             */
            field: string;
            /** @description What is wrong with it. */
            code: components["schemas"]["FaultCode"];
            /**
             * @description What to do about it: in the language of the problem's `message` where a person can have caused it, in English for
             *     a developer where only a program can.
             * @example must have at least 8 characters
             */
            message: string;
        };
        /** @description `POST …/securitymanagement/forgot-password`: asks for a link to reset a password. */
        ForgotPasswordRequest: {
            /**
             * Format: email
             * @description The address of the account.
             * @example hello@remitjunction.co.uk
             */
            email: string;
        };
        /** @description What a token is (RFC 7662 section 2.2). Of one that opens nothing, only `active` is said. */
        IntrospectionAnswer: {
            /** @description Whether it opens anything right now. */
            active: boolean;
            /** @description `Bearer`, or `refresh_token`, which only this service takes. */
            token_type?: string | null;
            /** @description Who asked for it: the tenant for a person who logged in, the API token's id for a server. */
            client_id?: string | null;
            /** @description Whose it is: an account's id, or the API token's own. */
            sub?: string | null;
            /**
             * Format: int64
             * @description When it is over, in seconds since 1970.
             */
            exp?: number | null;
            /**
             * Format: int64
             * @description When it was made, in seconds since 1970.
             */
            iat?: number | null;
            /** @description Whom it is for, where the tenant asks for that. */
            aud?: string | null;
            /** @description The tenant's public URL. */
            iss?: string | null;
            /** @description The token's own id. */
            jti?: string | null;
            /**
             * Format: uuid
             * @description The session, of an access or refresh token.
             */
            sid?: string | null;
            /** @description What its bearer may do, as the claim of that name. */
            roles?: string[] | null;
            /**
             * Format: uuid
             * @description The tenant's id, as the claim of that name.
             */
            "tenancy-id"?: string | null;
        };
        /** @description Somebody who is invited. */
        InvitationAnswer: {
            /** @description The invited account. */
            account: components["schemas"]["PersonAnswer"];
            /**
             * Format: uuid
             * @description Who invited; null for the operator.
             */
            invitedBy?: string | null;
            /** @description When the last letter was posted (RFC 3339). */
            invitedAt: string;
            /** @description Until when its link is good (RFC 3339). */
            expiresAt: string;
        };
        /** @description A page of invitations. */
        InvitationsAnswer: {
            /** @description The newest first. */
            items: components["schemas"]["InvitationAnswer"][];
            /** @description Send it as `cursor` for the next page; null on the last. */
            nextCursor?: string | null;
        };
        /** @enum {string} */
        Language: "en" | "fr" | "es" | "pt" | "ar";
        /** @description A pair of tokens and whose they are: the answer to a login and to a refresh. */
        LoginAnswer: {
            /** @description A JWT that opens the API: send it as `X-Auth-Token` or as a bearer token. */
            access_token: string;
            /** @description A JWT that only `refresh-token` and `logout` take; good once. */
            refresh_token: string;
            /**
             * @description Always `Bearer`.
             * @example Bearer
             */
            token_type: string;
            /**
             * Format: int64
             * @description Seconds until the access token expires.
             * @example 3600
             */
            expires_in: number;
            /**
             * Format: int64
             * @description Seconds until the refresh token expires unless it is used.
             * @example 1209600
             */
            refresh_expires_in: number;
            /** @description Whose tokens they are. */
            user: components["schemas"]["UserAnswer"];
            /** @description Where they are good. */
            tenant: components["schemas"]["TenantAnswer"];
            /** @description Marks this device as one that has proved the password: keep it and send it with the next login. */
            deviceToken?: string | null;
            /**
             * @description What to do about the password that was just proved. `listed`: it is a common or breached one by now, so offer to
             *     change it. The login is as good as any other; a refresh says nothing.
             * @example listed
             */
            passwordAdvice?: string | null;
        };
        /** @description `PUT …/securitymanagement/login`: proves a password and opens a session. */
        LoginRequest: {
            /**
             * Format: email
             * @description The email address registered with the tenant.
             * @example hello@remitjunction.co.uk
             */
            email: string;
            /**
             * Format: password
             * @description The password, 8 to 256 characters; with `payloadEncrypted` its ciphertext in Base64.
             * @example Password@1
             */
            currentPassword: string;
            /**
             * @description A role, to say which of the two accounts of an email is meant: that of the customer or that of the staff.
             * @example CASHIER
             */
            role?: string | null;
            /** @description The `deviceToken` of an earlier answer, so that failures of strangers do not lock this device out. */
            deviceToken?: string | null;
            /**
             * @description Whether `currentPassword` is encrypted under the key of `encryption-key`.
             * @default false
             */
            payloadEncrypted?: boolean | null;
        };
        /**
         * @description `PUT …/securitymanagement/logout`: ends a session. The access token in the header and the refresh token in the
         *     body name it; either alone is enough.
         */
        LogoutRequest: {
            /** @description Any refresh token of the session. */
            refresh_token?: string | null;
        };
        /** @description An answer that only says that it was done. */
        MessageAnswer: {
            /**
             * @description One sentence for the person.
             * @example You are logged out.
             */
            message: string;
        };
        /** @description `POST …/securitymanagement/api-tokens`: makes an API token. */
        NewApiTokenRequest: {
            /**
             * @description What people will call it; at most 100 characters.
             * @example nightly settlement
             */
            name: string;
            /** @description How long it is to be good: 24 hours, 1, 3 or 6 months, or 1 year. */
            expiry: components["schemas"]["ApiTokenExpiry"];
            /**
             * @description Staff roles of the tenant that it has, none above its maker's. With none it can ask about tokens, end them, and name a client's address.
             * @example [
             *       "AGENT"
             *     ]
             */
            roles: string[];
        };
        /** @description `POST …/usermanagement/employees`: invites a member of staff. */
        NewEmployeeRequest: {
            /**
             * @description Given name.
             * @example Ada
             */
            firstName: string;
            /**
             * @description Family name.
             * @example Byron
             */
            lastName: string;
            /**
             * Format: email
             * @description The address that the invitation goes to.
             * @example ada@example.com
             */
            email: string;
            /**
             * @description Staff roles of the tenant.
             * @example [
             *       "CASHIER"
             *     ]
             */
            roles: string[];
        };
        /** @description An error of the two endpoints: what RFC 6749 section 5.2 says, beside the members of every other problem of ours. */
        OAuthProblem: components["schemas"]["Problem"] & {
            /**
             * @description The code of RFC 6749, section 5.2 or 4.1.2.1.
             * @example invalid_request
             */
            error: string;
            /** @description For a developer. */
            error_description: string;
        };
        /** @description One reason. */
        ObstacleAnswer: {
            /**
             * @description `tenant_suspended`, `deactivated`, `invited`, `invitation_over`, `no_password`, `unverifiable_password` or `locked`.
             * @example locked
             */
            reason: string;
            /**
             * @description What a login is answered while this reason alone stands.
             * @example ACCOUNT_LOCKED
             */
            code: string;
            /** @description A sentence for the manager. */
            message: string;
            /** @description When it ends by itself (RFC 3339); null: it does not. */
            endsAt?: string | null;
            /**
             * @description What would mend it, in words.
             * @example Unlock the account, or wait.
             */
            remedy: string;
            /** @description What would mend it, for programs: each alone is enough. */
            remedies: components["schemas"]["RemedyAnswer"][];
        };
        /** @description What is said when a password was proved or set. */
        PasswordAnswer: {
            /** @description A sentence for the person. */
            message: string;
            /** @description Marks this device as one that has proved the password: keep it and send it with the next login. */
            deviceToken: string;
        };
        /** @description A page of people. */
        PeopleAnswer: {
            /** @description In their order. A search may answer fewer than asked for and still go on. */
            items: components["schemas"]["PersonAnswer"][];
            /** @description Send it as `cursor` for the next page; null on the last. */
            nextCursor?: string | null;
        };
        /** @description A person in a list. */
        PersonAnswer: {
            /**
             * Format: uuid
             * @description The account's id; the claim `user-id`.
             */
            id: string;
            /**
             * @description As registered.
             * @example hello@remitjunction.co.uk
             */
            email: string;
            /** @description Given name. */
            firstName?: string | null;
            /** @description Family name. */
            lastName?: string | null;
            /**
             * @description The account's roles.
             * @example [
             *       "CUSTOMER"
             *     ]
             */
            roles: string[];
            /**
             * @description `active` or `deactivated`.
             * @example active
             */
            standing: string;
            /** @description Whether a password was ever set: an invited person has none yet. */
            hasPassword: boolean;
            /** @description Whether the password must be changed before anything else. */
            mustChangePassword: boolean;
            /**
             * @description When the account was made (RFC 3339).
             * @example 2026-11-24T12:00:00.000000Z
             */
            createdAt: string;
        };
        /** @description What is known of a person besides the account. What nobody told is left out. */
        PersonDetails: {
            /**
             * @description `+` and the country code.
             * @example +44
             */
            dialingCode?: string | null;
            /**
             * @description National digits.
             * @example 7911123456
             */
            phone?: string | null;
            /**
             * @description Day of birth (ISO 8601).
             * @example 1990-05-17
             */
            dob?: string | null;
            /** @description Postal address. */
            address?: string | null;
            /** @description `INDIVIDUAL` or `COMPANY`. */
            customerType?: string | null;
            /** @description Fields of the tenant's own form. */
            dynamicFields?: {
                [key: string]: string;
            };
            /** @description The language to write in: `en`, `fr`, `es`, `pt` or `ar`. */
            language?: string | null;
        };
        /** @description One person, with what is known. */
        PersonViewAnswer: components["schemas"]["PersonAnswer"] & components["schemas"]["PersonDetails"];
        /** @description The body of every error (RFC 9457 and the contract). */
        Problem: {
            /**
             * Format: uri-reference
             * @description Where the code is explained: the page of errors of the host that answered. A path and not an absolute URI,
             *     since whoever runs this server has no other host to promise; it is the same text on every host.
             * @example /docs/errors#INVALID_CREDENTIALS
             */
            type: string;
            /**
             * @description What the code stands for, the same for every occurrence.
             * @example Invalid credentials
             */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 401
             */
            status: number;
            /** @description This occurrence, for a developer and in English; the English message where there is nothing to add. */
            detail: string;
            /**
             * Format: uri-reference
             * @description The path of the request.
             * @example /api/v6/services/securitymanagement/login
             */
            instance: string;
            /**
             * @description The stable code, one of the table's.
             * @example INVALID_CREDENTIALS
             */
            code: string;
            /** @description One sentence for the person, in the language that `Content-Language` names. */
            message: string;
            /** @description What they can do about it, in the same language. */
            solutions: string[];
            /** @description Every bad field of a refused request. */
            errors?: components["schemas"]["FieldError"][];
            /**
             * @description The request's `uuid`, or one of ours where it had none.
             * @example 200
             */
            requestId: string;
            /**
             * Format: date-time
             * @description When a lockout ends (RFC 3339, UTC); only with `ACCOUNT_LOCKED`.
             */
            lockedUntil?: string | null;
        };
        /** @description `GET …/usermanagement/profile`: who the caller is. */
        ProfileAnswer: components["schemas"]["PersonDetails"] & {
            /**
             * Format: uuid
             * @description The account's id; the claim `user-id`.
             */
            id: string;
            /**
             * @description As registered.
             * @example hello@remitjunction.co.uk
             */
            email: string;
            /**
             * @description The account's roles.
             * @example [
             *       "MANAGER"
             *     ]
             */
            roles: string[];
            /** @description Where it is known. */
            firstName?: string | null;
            /** @description Where it is known. */
            lastName?: string | null;
            /** @description Until the password is changed, the tokens carry no roles. */
            mustChangePassword: boolean;
            /** @description The tenant the account belongs to. */
            tenant: components["schemas"]["TenantAnswer"];
        };
        /** @description `PUT …/securitymanagement/refresh-token`: a refresh token for a new pair. Answered as a login is. */
        RefreshRequest: {
            /** @description The refresh token of the last answer. */
            refresh_token: string;
        };
        /** @description `POST …/usermanagement/register-customer`: a person wants to be a customer. */
        RegisterRequest: {
            /**
             * @description Given name, 2 to 50 letters.
             * @example Ada
             */
            firstName: string;
            /**
             * @description Family name, 2 to 50 letters.
             * @example Byron
             */
            lastName: string;
            /**
             * Format: email
             * @description The address to log in with; it never changes.
             * @example ada@example.com
             */
            email: string;
            /**
             * @description `+` and the country code.
             * @example +44
             */
            dialingCode: string;
            /**
             * @description National digits.
             * @example 7911123456
             */
            phone: string;
            /**
             * Format: date
             * @description Day of birth (ISO 8601); at least 18 years old.
             * @example 1990-05-17
             */
            dob: string;
            /**
             * Format: password
             * @description The password, 8 to 256 characters; with `payloadEncrypted` its ciphertext in Base64.
             * @example Wand3rlust!Oak
             */
            password: string;
            /**
             * Format: password
             * @description The password again.
             * @example Wand3rlust!Oak
             */
            confirmPassword: string;
            /** @description Postal address. */
            address?: string | null;
            /**
             * @description `INDIVIDUAL` (the default) or `COMPANY`.
             * @example INDIVIDUAL
             */
            customerType?: string | null;
            /** @description Fields of the tenant's own form: texts, numbers, flags. */
            dynamicFields?: {
                [key: string]: string | number | boolean | null;
            } | null;
            /**
             * @description Whether the password fields are encrypted under the tenant's encryption key.
             * @default false
             */
            payloadEncrypted?: boolean | null;
        };
        /**
         * @description The closed list of remedies.
         *
         *     - `resume_tenant`: `countersign tenant resume`
         *     - `activate`: `PUT …/usermanagement/activate-user-account/{id}`
         *     - `accept_invitation`: the link of the invitation, `PUT …/securitymanagement/reset-password`
         *     - `invite_again`: `PUT …/usermanagement/invitations/{id}`, and then the new link
         *     - `reset_password`: `POST …/securitymanagement/forgot-password`, and then the link
         *     - `set_password`: `countersign account set-password`
         *     - `unlock`: `PUT …/securitymanagement/unlock-user-account/{id}`
         *     - `wait`: it ends by itself
         *     - `change_password`: `PUT …/securitymanagement/change-password`
         *     - `send_role`: the field `role` of a login
         *     - `send_device_token`: the field `deviceToken` of a login
         * @enum {string}
         */
        RemedyAction: "resume_tenant" | "activate" | "accept_invitation" | "invite_again" | "reset_password" | "set_password" | "unlock" | "wait" | "change_password" | "send_role" | "send_device_token";
        /** @description What would mend something, and who can do it. */
        RemedyAnswer: {
            /** @description What is to be done. */
            action: components["schemas"]["RemedyAction"];
            /**
             * @description Who can: `operator` (at the command line), `person` (whose account it is), `client` (the program that logs in),
             *     `time` (nobody has to), or the permission that it takes.
             * @example accounts.unlock
             */
            by: string;
        };
        /** @description `PUT …/securitymanagement/reset-password`: sets a password by a mailed token. */
        ResetPasswordRequest: {
            /** @description The token of the letter. */
            token: string;
            /**
             * Format: password
             * @description The new password.
             */
            newPassword: string;
            /**
             * @description Whether the password fields are encrypted under the tenant's encryption key.
             * @default false
             */
            payloadEncrypted?: boolean | null;
        };
        /** @description `PUT …/securitymanagement/api-tokens/{id}/rotate`: a new secret in place of the present one. */
        RotateApiTokenRequest: {
            /**
             * Format: int32
             * @description How long the present secret stays good beside the new one, at most a week; 0 where it is left out.
             * @example 300
             */
            overlapSeconds?: number | null;
        };
        /** @description A living session. */
        SessionAnswer: {
            /**
             * Format: uuid
             * @description The claim `sid`.
             */
            id: string;
            /** @description Whether it is the one that asks. */
            isCurrent: boolean;
            /** @description When it was opened (RFC 3339). */
            createdAt: string;
            /** @description When a token of it was last exchanged (RFC 3339). */
            lastUsedAt: string;
            /** @description Where that came from: an IPv4 address or an IPv6 /64. */
            network: string;
            /** @description What that called itself. */
            userAgent: string;
            /** @description When it ends unless it is used (RFC 3339). */
            expiresAt: string;
        };
        /** @description An account's living sessions, the newest first; there are never more than a hundred. */
        SessionsAnswer: {
            /** @description The sessions. */
            items: components["schemas"]["SessionAnswer"][];
            /** @description Always null: one page holds all. */
            nextCursor?: string | null;
        };
        /** @description The tenant an answer is about. */
        TenantAnswer: {
            /**
             * Format: uuid
             * @description The tenant's id; the claim `tenancy-id`.
             */
            id: string;
            /**
             * @description Its name in the host.
             * @example remitjunction
             */
            slug: string;
        };
        /** @description The form that introspection (RFC 7662 section 2.1) and revocation (RFC 7009 section 2.1) take. */
        TokenForm: {
            /** @description The token in question: an access token, a refresh token or an API token of the tenant. */
            token: string;
            /**
             * @description What the token is believed to be. Ours say themselves what they are, so it is read and not needed.
             * @example access_token
             */
            token_type_hint?: string | null;
        };
        /** @description The person an answer is about. */
        UserAnswer: {
            /**
             * Format: uuid
             * @description The account's id; the claim `user-id`.
             */
            id: string;
            /**
             * @description As registered.
             * @example hello@remitjunction.co.uk
             */
            email: string;
            /**
             * @description The account's roles.
             * @example [
             *       "MANAGER"
             *     ]
             */
            roles: string[];
            /** @description Where it is known. */
            firstName?: string | null;
            /** @description Where it is known. */
            lastName?: string | null;
            /** @description Until the password is changed, the tokens carry no roles. */
            mustChangePassword: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
