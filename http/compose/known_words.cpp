#include "http/compose/known_words.hpp"

namespace troupe::http::compose {

namespace {

constexpr std::string_view no_build =
    "is refused: images are not built here; build it, push it to a registry and name it with image";
constexpr std::string_view no_devices = "is refused: containers get no devices of the machine; leave it out";
constexpr std::string_view no_host = "is refused: a container shares nothing of the machine it runs on; leave it out";
constexpr std::string_view no_secrets =
    "is refused: there are no secrets of Compose here; give the value under environment, such as \"${PASSWORD}\"";
constexpr std::string_view no_configs =
    "is refused: there are no files of Compose here; put the file into an image of your own, or its content under "
    "environment";
constexpr std::string_view less_than_limits = "has no effect: only limits are kept (deploy.resources.limits)";

}  // namespace

const std::vector<known_word>& words_of_services() {
  static const std::vector<known_word> all{
      {"annotations", false, "has no effect: use labels"},
      {"attach", false, "has no effect: what containers write is kept and read as logs"},
      {"blkio_config", false, less_than_limits},
      {"build", true, no_build},
      {"cap_drop", false, "has no effect: all capabilities are dropped already"},
      {"cgroup", true, no_host, "private"},
      {"cgroup_parent", true, no_host},
      {"configs", true, no_configs},
      {"container_name", false,
       "has no effect: others reach the service by its own name, and containers are named here"},
      {"cpu_count", false, less_than_limits},
      {"cpu_percent", false, less_than_limits},
      {"cpu_period", true, "is refused: write the limit as cpus, such as 0.5"},
      {"cpu_quota", true, "is refused: write the limit as cpus, such as 0.5"},
      {"cpu_rt_period", true, "is refused: write the limit as cpus, such as 0.5"},
      {"cpu_rt_runtime", true, "is refused: write the limit as cpus, such as 0.5"},
      {"cpu_shares", false, less_than_limits},
      {"cpuset", true, "is refused: a service is bound to no processors; write the limit as cpus, such as 0.5"},
      {"credential_spec", true, "is refused: containers get no credentials of the machine; leave it out"},
      {"develop", false, "has no effect: nothing is built or synchronised here"},
      {"device_cgroup_rules", true, no_devices},
      {"devices", true, no_devices},
      {"dns_opt", false, "has no effect: only the addresses under dns are kept"},
      {"dns_search", false, "has no effect: only the addresses under dns are kept"},
      {"domainname", false, "has no effect: write the whole name as hostname"},
      {"env_file", true,
       "is refused: no file beside this one is read; name its variables under environment, where a name alone takes "
       "the value that is given for it"},
      {"external_links", false, one_network},
      {"gpus", true, no_devices},
      {"group_add", true, "is refused: write user as \"uid:gid\""},
      {"ipc", true,
       "is refused: a container shares nothing with the machine or other containers; leave it out, and set shm_size "
       "for a larger /dev/shm",
       "private"},
      {"isolation", false, "has no effect: it is for Windows"},
      {"label_file", true, "is refused: no file beside this one is read; write its labels under labels"},
      {"mac_address", false, one_network},
      {"mem_reservation", false, less_than_limits},
      {"mem_swappiness", false, "has no effect: only memory itself is limited"},
      {"memswap_limit", false, "has no effect: only memory itself is limited"},
      {"models", true,
       "is refused: there are no models here; leave it out, and name the model's address under environment"},
      {"oom_kill_disable", true,
       "is refused: what uses more than its memory is ended; set the limit as deploy.resources.limits.memory"},
      {"oom_score_adj", false, "has no effect: limits hold for each container by itself"},
      {"pid", true, "is refused: a container has process numbers of its own; leave it out"},
      {"platform", false, "has no effect: the image for the machine's own platform is taken"},
      {"post_start", true,
       "is refused: run the command in the image's entrypoint, or as a service that others await with "
       "service_completed_successfully"},
      {"pre_stop", true, "is refused: let the program do it on stop_signal, within stop_grace_period"},
      {"privileged", true,
       "is refused: no container is privileged; name what it needs under cap_add, or x-troupe: {security: {preset: "
       "baseline}}"},
      {"provider", true, "is refused: only containers run here; name an image"},
      {"runtime", true, "is refused: all containers have one runtime; leave it out", "runc"},
      {"secrets", true, no_secrets},
      {"stdin_open", false, "has no effect: nobody is at a container's input"},
      {"storage_opt", true, "is refused: a container's own layer has no settings; use a volume"},
      {"use_api_socket", true, "is refused: no container reaches the Engine; leave it out"},
      {"userns_mode", true, no_host},
      {"uts", true, no_host},
      {"volumes_from", true, "is refused: name the volume under volumes of both services"},
  };
  return all;
}

const std::vector<known_word>& words_of_the_top() {
  static const std::vector<known_word> all{
      {"configs", true, no_configs},
      {"include", true, "is refused: no file beside this one is read; write all services into one"},
      {"models", true, "is refused: there are no models here; leave it out"},
      {"secrets", true, no_secrets},
      {"version", false, "has no effect: Compose no longer has versions"},
      {"x-troupe", false, "has no effect here: write it in a service"},
  };
  return all;
}

const std::vector<known_word>& words_of_deploy() {
  static const std::vector<known_word> all{
      {"endpoint_mode", false, "has no effect: a service's name leads to its containers in any case"},
      {"labels", false, "has no effect: write the containers' labels under labels of the service"},
      {"placement", false, "has no effect: the platform chooses the machine"},
      {"rollback_config", false, "has no effect: the release before goes on where a new one does not get healthy"},
  };
  return all;
}

}  // namespace troupe::http::compose
