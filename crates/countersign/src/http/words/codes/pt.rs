use countersign_api::{Code, CodeWords};

use super::says;

const WAIT: &str = "Espere o tempo indicado (Retry-After) e tente de novo";

pub(super) const fn of(code: Code) -> CodeWords {
    match code {
        Code::ValidationFailed => says(
            "O pedido não está completo ou não está correto.",
            &["Corrija os campos indicados (errors) e envie o pedido de novo"],
        ),
        Code::DecryptionFailed => says(
            "Não foi possível ler os campos cifrados do pedido.",
            &["Obtenha de novo a chave de cifragem, cifre com ela e envie o pedido de novo"],
        ),
        Code::BadHost => says(
            "O endereço do pedido não é um nome de host válido.",
            &["Verifique o endereço (https://{tenant}.{domain}) e envie um único cabeçalho Host"],
        ),
        Code::InvalidCredentials => says(
            "O endereço de e-mail ou a palavra-passe (senha) não estão corretos.",
            &[
                "Verifique se o endereço de e-mail está correto",
                "Verifique se introduziu bem a palavra-passe (senha)",
                "Redefina a palavra-passe (senha), se a esqueceu",
                "Contacte o suporte se o problema continuar",
            ],
        ),
        Code::InvalidToken => {
            says("Não tem sessão iniciada, ou a sua sessão terminou.", &["Renove o token de acesso", "Entre de novo"])
        }
        Code::InvalidRefreshToken => says("A sua sessão terminou.", &["Entre de novo"]),
        Code::AccountLocked => says(
            "Houve demasiadas tentativas sem êxito, por isso a entrada está bloqueada durante algum tempo.",
            &[
                "Espere até o bloqueio terminar",
                "Peça ao seu administrador que desbloqueie a conta",
                "Use “Esqueci-me da palavra-passe (senha)” para a redefinir",
            ],
        ),
        Code::AccountDeactivated => {
            says("A sua conta foi desativada.", &["Peça ao seu administrador que ative a conta"])
        }
        Code::RefreshTokenReused => says(
            "A sua sessão foi terminada para proteger a sua conta, porque um token antigo dessa sessão foi usado de \
             novo.",
            &["Entre de novo", "Altere a palavra-passe (senha) se não souber por que motivo isto aconteceu"],
        ),
        Code::Forbidden => says(
            "A sua função não permite isto.",
            &[
                "Peça a um gestor que o faça",
                "Peça a um gestor uma função que o permita",
                "Altere primeiro a palavra-passe (senha), se isso lhe for pedido",
            ],
        ),
        Code::TenantSuspended => says("Este serviço está suspenso neste momento.", &["Contacte o suporte"]),
        Code::UserNotFound => says(
            "Nenhuma conta está registada com este endereço de e-mail.",
            &[
                "Verifique o endereço de e-mail",
                "Verifique se a pessoa tem uma conta na sua organização",
                "Peça ao seu administrador que crie a conta",
            ],
        ),
        Code::TenantNotFound => {
            says("Não há nenhum serviço neste endereço.", &["Verifique o endereço: começa com o nome da organização"])
        }
        Code::NotFound => says("Não há nada neste endereço.", &["Verifique o caminho do pedido"]),
        Code::MethodNotAllowed => {
            says("Este endereço não pode ser chamado desta forma.", &["Use um dos métodos indicados (Allow)"])
        }
        Code::EmailTaken => says(
            "Já existe uma conta com este endereço de e-mail.",
            &["Use outro endereço de e-mail", "Entre na conta, ou redefina a palavra-passe (senha), se a esqueceu"],
        ),
        Code::LastManager => says(
            "Este é o último gestor que pode entrar, por isso tem de continuar a sê-lo.",
            &["Nomeie primeiro outro gestor"],
        ),
        Code::ChangedMeanwhile => says(
            "Outra pessoa alterou isto no mesmo momento.",
            &["Veja como ficou e repita a alteração, se ainda for necessária"],
        ),
        Code::TooManyApiTokens => says(
            "Foi atingido o número máximo de tokens de API.",
            &["Apague os tokens que já não são válidos ou que já não são usados"],
        ),
        Code::ApiTokenEnded => says(
            "Este token de API expirou ou foi invalidado, e não pode ser recuperado.",
            &["Crie um novo token de API"],
        ),
        Code::RotatedJustNow => says(
            "Este token de API acabou de receber um novo segredo.",
            &["Use o segredo que foi mostrado nesse momento", "Espere o tempo indicado (Retry-After) e renove o token"],
        ),
        Code::RequestTimeout => says(
            "O pedido demorou demasiado tempo a chegar.",
            &["Verifique a ligação à internet e envie o pedido de novo"],
        ),
        Code::PayloadTooLarge => says("O pedido é demasiado grande.", &["Envie menos dados"]),
        Code::UnsupportedMediaType => says(
            "O pedido não está em formato JSON.",
            &["Envie Content-Type: application/json, em UTF-8, sem compressão"],
        ),
        Code::TooManyRequests => says("Houve demasiados pedidos a partir da sua rede.", &[WAIT]),
        Code::HeadersTooLarge => {
            says("O pedido tem demasiados cabeçalhos.", &["Envie menos cabeçalhos", "Apague os cookies deste site"])
        }
        Code::Internal => says(
            "Ocorreu um problema do nosso lado.",
            &["Tente de novo mais tarde", "Contacte o suporte e indique o número do pedido (requestId)"],
        ),
        Code::Overloaded => says("Há demasiadas pessoas a entrar neste momento.", &[WAIT]),
        Code::StoreUnavailable => says("O serviço não está disponível neste momento.", &[WAIT]),
    }
}
