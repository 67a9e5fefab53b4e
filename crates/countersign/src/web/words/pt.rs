mod api_tokens;
mod audit;
mod keys;
mod letters;
mod logo;
mod manage;
mod overview;
mod roles;
mod settings;

use super::{
    AccountWords, FieldWords, ForgotWords, LoginWords, MailedWords, PasswordWords, ProofWords, RefusedWords,
    RegisterWords, SessionWords, ShellWords, Words,
};

pub(super) const WORDS: Words = Words {
    name: "Português",
    shell: ShellWords {
        skip: "Ir para o conteúdo",
        language: "Idioma",
        account: "Minha conta",
        password: "Palavra-passe",
        sessions: "Dispositivos conectados",
        log_out: "Sair",
        problem: "Há um problema",
        mend_fields: "Há dados a corrigir: veja junto a cada campo.",
        what_to_do: "O que você pode fazer",
        try_again_in: "Você poderá tentar de novo em",
        minutes: "min",
    },
    fields: FieldWords {
        email: "E-mail",
        password: "Palavra-passe (senha)",
        new_password: "Nova palavra-passe (senha)",
        confirm_password: "A mesma palavra-passe mais uma vez",
        current_password: "Palavra-passe (senha) atual",
        first_name: "Nome",
        last_name: "Sobrenome",
        dialing_code: "Código do país",
        phone: "Número de telefone",
        dob: "Data de nascimento",
        address: "Endereço",
        language: "Idioma das mensagens que você recebe",
        token: "Código recebido por e-mail",
        token_help: "Ele é preenchido quando você abre o link. Se estiver vazio, copie-o da mensagem.",
        optional: "opcional",
    },
    login: LoginWords {
        title: "Entrar",
        title_staff: "Acesso do pessoal",
        action: "Entrar",
        to_staff: "Trabalho aqui: acesso do pessoal",
        to_customer: "Sou cliente: acesso de clientes",
        forgot: "Esqueceu a palavra-passe (senha)?",
        register: "Abrir uma conta",
        logged_out: "Você saiu da conta.",
    },
    forgot: ForgotWords {
        title: "Esqueceu a palavra-passe (senha)?",
        about: "Informe seu e-mail. Enviaremos um link para você escolher uma nova palavra-passe.",
        action: "Enviar o link",
        sent: "Se este e-mail estiver cadastrado, enviamos uma mensagem para ele. Procure na caixa de entrada e entre as mensagens \
               indesejadas.",
        back: "Voltar para a entrada",
    },
    mailed: MailedWords {
        reset_title: "Escolha uma nova palavra-passe",
        reset_about: "Sua conta será desbloqueada e você sairá dela em todos os lugares.",
        reset_action: "Guardar a palavra-passe",
        invitation_title: "Boas-vindas",
        invitation_about: "Escolha a palavra-passe da sua nova conta.",
        invitation_action: "Guardar a palavra-passe",
        password_set: "Sua palavra-passe está guardada. Agora você pode entrar.",
        confirm_title: "Confirme seu e-mail",
        confirm_about: "Digite a palavra-passe que você escolheu ao se cadastrar.",
        confirm_action: "Confirmar",
        confirmed: "Sua conta está pronta. Agora você pode entrar.",
        bad_token: "Este link ou código não é válido: já foi usado ou é antigo demais.",
        ask_again: "Pedir um novo link",
    },
    register: RegisterWords {
        title: "Abrir uma conta",
        about: "Você precisa ter pelo menos 18 anos.",
        action: "Abrir a conta",
        sent: "Enviamos uma mensagem para o seu e-mail. Abra o link que está nela para confirmar o cadastro.",
        made: "Sua conta está pronta. Agora você pode entrar.",
        have_account: "Tenho uma conta: entrar",
    },
    account: AccountWords {
        title: "Minha conta",
        save: "Guardar",
        saved: "Suas alterações estão salvas.",
        roles: "Funções",
        email_stays: "O e-mail não pode ser alterado.",
    },
    password: PasswordWords {
        title: "Trocar a palavra-passe (senha)",
        about: "Você continua conectado aqui e sai da conta em todos os outros lugares.",
        due: "Escolha uma nova palavra-passe antes de continuar.",
        action: "Trocar a palavra-passe (senha)",
        changed: "Sua palavra-passe foi trocada.",
        policy_chars: "pelo menos {n} caracteres",
        policy_upper: "uma letra maiúscula",
        policy_lower: "uma letra minúscula",
        policy_digit: "um número",
        policy_special: "um caractere especial, por exemplo !@#$%",
        policy_common: "nada comum, nem parte do seu nome ou do seu e-mail",
        advice: "Sua palavra-passe está em uma lista de palavras-passe comuns ou roubadas. Escolha outra, por favor.",
    },
    sessions: SessionWords {
        title: "Seus dispositivos conectados",
        about: "Se você não reconhecer algum, encerre-o e troque a palavra-passe.",
        network: "Endereço de rede",
        since: "Conectado desde",
        last_used: "Último uso",
        current: "Este dispositivo",
        unknown_device: "Dispositivo desconhecido",
        end: "Encerrar",
        end_others: "Sair em todos os outros lugares",
        ended: "Pronto. Esses dispositivos foram desconectados.",
    },
    refused: RefusedWords {
        title: "Não funcionou",
        stale: "A página ficou aberta por tempo demais, ou você entrou ou saiu enquanto isso. Nada foi alterado.",
        stale_action: "Abrir a página de novo",
        home: "Ir para o início",
    },
    proof: ProofWords {
        title: "A sua palavra-passe, por favor",
        about: "Antes de mudar alguma coisa aqui, escreva a sua palavra-passe mais uma vez. Vale durante dez minutos.",
        action: "Confirmar",
        proved: "Confirmado. Pode fazer alterações durante dez minutos.",
        wrong: "A palavra-passe não está certa. Depois de cinco erros, a sua sessão termina.",
        missing: "Escreva a sua palavra-passe para fazer esta alteração. Ainda nada foi alterado.",
    },
    manage: manage::WORDS,
};
