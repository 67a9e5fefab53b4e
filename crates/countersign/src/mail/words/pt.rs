use super::{Letter, Words};

pub(super) const WORDS: Words = Words {
    greeting: "Olá, {name}.",
    greeting_of_nobody: "Olá.",
    paste: "Se o link não abrir, cole este código onde for pedido:",
    until: "Válido até {until}.",
    customer: "A sua conta de cliente",
    staff: "A sua conta de funcionário",
    confirmation: Letter {
        subject: "Confirme o seu endereço de e-mail",
        body: "Alguém, provavelmente você, fez um registo em {tenant} com este endereço de e-mail. Para confirmar que ele é \
               seu, abra o link e introduza a palavra-passe (senha) que escolheu.",
        action: "Confirmar o endereço",
        closing: "Se não foi você, ignore esta mensagem: nenhuma conta será criada.",
    },
    address_taken: Letter {
        subject: "Já tem uma conta",
        body: "Alguém, provavelmente você, tentou fazer um registo em {tenant} com este endereço de e-mail. Já tem uma conta: \
               entre com ela ou redefina a palavra-passe (senha), se a esqueceu.",
        action: "",
        closing: "Se não foi você, não precisa de fazer nada: a sua conta não mudou.",
    },
    invitation: Letter {
        subject: "A sua conta de funcionário em {tenant}",
        body: "Foi criada uma conta de funcionário para si em {tenant}. Para a usar, abra o link e escolha uma palavra-passe \
               (senha).",
        action: "Escolher uma palavra-passe",
        closing: "Se não esperava esta mensagem, ignore-a.",
    },
    reset: Letter {
        subject: "Redefina a sua palavra-passe (senha)",
        body: "Alguém, provavelmente você, pediu para redefinir a palavra-passe (senha) deste endereço de e-mail em {tenant}. \
               Para o fazer, abra o link e escolha uma nova.",
        action: "Escolher uma nova palavra-passe",
        closing: "Se não foi você, ignore esta mensagem: a sua palavra-passe não muda.",
    },
    password_changed: Letter {
        subject: "A sua palavra-passe (senha) foi alterada",
        body: "A palavra-passe (senha) da sua conta em {tenant} foi alterada em {at}. A sua sessão foi terminada em todos os \
               outros dispositivos.",
        action: "",
        closing: "Se não foi você, redefina imediatamente a palavra-passe e contacte {tenant}.",
    },
    password_reset: Letter {
        subject: "A sua palavra-passe (senha) foi redefinida",
        body: "Em {at} foi definida uma nova palavra-passe (senha) para a sua conta em {tenant}, com um link enviado para este \
               endereço. A sua sessão foi terminada em todos os dispositivos.",
        action: "",
        closing: "Se não foi você, redefina imediatamente a palavra-passe e contacte {tenant}.",
    },
    refresh_reused: Letter {
        subject: "Terminámos uma sessão para sua segurança",
        body: "Em {at} alguém tentou continuar uma sessão da sua conta em {tenant} que já tinha sido continuada noutro lugar. \
               Alguém pode tê-la copiado, por isso terminámos essa sessão.",
        action: "",
        closing: "Entre de novo. Se vir algo que não fez, altere a palavra-passe e contacte {tenant}.",
    },
};
